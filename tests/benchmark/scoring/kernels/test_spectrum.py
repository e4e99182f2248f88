"""Spectra against pysteps, Parseval and known slopes; windows of any coverage."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from downbench.scoring.grid import covered_windows
from downbench.scoring.kernels.spectrum import mode_power, tapered, window_spectrum


def hann(size):
    line = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)
    window = np.outer(line, line)
    return window / np.sqrt((window**2).mean())


def without_plane(field):
    size = len(field)
    y, x = np.mgrid[:size, :size]
    design = np.stack([np.ones(size * size), y.ravel(), x.ravel()], axis=1)
    fitted = design @ np.linalg.lstsq(design, field.ravel().astype(np.float64), rcond=None)[0]
    return field - fitted.reshape(size, size)


def power_law(rng, size, slope):
    """Random field whose power falls as k^slope, twice as large as its crop (not periodic)."""
    k = np.hypot(np.fft.fftfreq(2 * size)[:, None], np.fft.rfftfreq(2 * size))
    k[0, 0] = np.inf
    noise = np.fft.rfft2(rng.standard_normal((2 * size, 2 * size)))
    return np.fft.irfft2(noise * k ** (slope / 2))[:size, :size].astype(np.float32)


def test_taper_against_least_squares():
    field = np.random.default_rng(0).gamma(0.3, 2, (3, 50, 60)).astype(np.float32)
    got = tapered(field, 7, 11, 32)
    want = np.stack([without_plane(frame[7:39, 11:43]) * hann(32) for frame in field])
    np.testing.assert_allclose(got, want, atol=1e-4)


def spectrum(field, size, valid=None):
    """Mean power per mode (k,) of the window in the corner."""
    use = np.ones(field.shape, bool) if valid is None else valid
    power, number = window_spectrum(field, use, ((0, 0),), size)
    return power / number


def test_a_plane_has_no_power():
    y, x = np.mgrid[:64, :64]
    plane = (3 + 0.1 * y - 0.05 * x).astype(np.float32)[None]
    assert (spectrum(plane, 64) < 1e-10).all()


def test_against_pysteps():
    rapsd = pytest.importorskip("pysteps.utils.spectral").rapsd
    field = np.random.default_rng(1).gamma(0.3, 2, (2, 64, 64)).astype(np.float32)
    want = np.mean([rapsd(without_plane(f) * hann(64), fft_method=np.fft) for f in field], axis=0)
    np.testing.assert_allclose(spectrum(field, 64)[: len(want) - 1] * 64**2, want[1:], rtol=1e-4)


def test_parseval():
    windows = np.random.default_rng(2).standard_normal((5, 32, 32)).astype(np.float32)
    power = mode_power(windows)
    twice = np.full(17, 2.0)
    twice[[0, -1]] = 1
    assert (power * twice).sum() == pytest.approx(
        (windows.astype(np.float64) ** 2).mean(axis=(1, 2)).sum(), rel=1e-6
    )


def test_white_noise_keeps_its_variance():
    noise = 3 * np.random.default_rng(3).standard_normal((200, 32, 32)).astype(np.float32)
    np.testing.assert_allclose(spectrum(noise, 32)[3:] * 32**2, 9, rtol=0.05)


@pytest.mark.parametrize("slope", [-2.0, -4.0])
def test_slope_of_a_crop_that_is_not_periodic(slope):
    rng = np.random.default_rng(4)
    fields = np.stack([power_law(rng, 128, slope) for _ in range(20)])
    k = np.arange(6, 40)
    fitted = np.polyfit(np.log(k), np.log(spectrum(fields, 128)[k - 1]), 1)[0]
    assert fitted == pytest.approx(slope, abs=0.1)


def test_frames_with_a_missing_cell_are_left_out():
    field = np.random.default_rng(5).random((4, 40, 40)).astype(np.float32)
    valid = np.ones(field.shape, bool)
    valid[1, 31, 31] = False  # in the window
    valid[2, 32, 0] = False  # beside it
    broken = np.where(valid, field, np.float32(np.nan))
    want = spectrum(field[[0, 2, 3]], 32)
    np.testing.assert_allclose(spectrum(broken, 32, valid), want, rtol=1e-6)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.floats(0, 0.3))
def test_windows_are_covered_and_apart(seed, share):
    rng = np.random.default_rng(seed)
    covered = (rng.random((6, 9)) >= share).repeat(8, axis=0).repeat(8, axis=1)
    corners = covered_windows(covered, 16, 8)
    for i, (y, x) in enumerate(corners):
        assert covered[y : y + 16, x : x + 16].all()
        assert all(max(abs(y - v), abs(x - u)) >= 8 for v, u in corners[:i])
    if not corners:
        fits = [covered[y : y + 16, x : x + 16].all() for y in range(0, 33, 8) for x in range(0, 57, 8)]
        assert not any(fits)


def test_windows_of_a_full_tile_are_evenly_spread():
    assert covered_windows(np.ones((96, 96), bool), 64, 8) == ((0, 0), (0, 32), (32, 0), (32, 32))
    assert covered_windows(np.ones((24, 96), bool), 32, 8) == ()
