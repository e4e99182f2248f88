"""Gaussian noise with a spectrum: against fields whose spectrum is known in closed form."""

from __future__ import annotations

import numpy as np
import pytest

from downbench_methods.mean_noise.spectrum import REACH, IsotropicSpectrum

LENGTH, N, COUNT = 3.0, 128, 24
EVERYWHERE = np.ones((COUNT, N, N), bool)


def closed_form(n: int) -> np.ndarray:
    """Power of waves of a field with the correlation exp(-r^2 / 2 L^2): exp(-k^2 L^2 / 2), of mean one."""
    k = 2 * np.pi * np.fft.fftfreq(n)
    power = np.exp(-np.square(np.hypot(k[:, None], k) * LENGTH) / 2)
    return power / power.mean()


@pytest.fixture(scope="module")
def fields() -> np.ndarray:
    white = np.fft.fft2(np.random.default_rng(0).standard_normal((COUNT, N, N)))
    return np.fft.ifft2(white * np.sqrt(closed_form(N))).real.astype(np.float32)


def fit(fields: np.ndarray, valid: np.ndarray = EVERYWHERE) -> IsotropicSpectrum:
    return IsotropicSpectrum.fit([(fields, valid)])


def test_correlation_and_power_are_those_of_the_closed_form(fields):
    spectrum = fit(fields)
    np.testing.assert_allclose(spectrum.distance[:4], [0, 1, 2**0.5, 2], rtol=1e-6)
    distance, found = (np.array(x) for x in (spectrum.distance, spectrum.correlation))
    near = distance < 9
    np.testing.assert_allclose(found[near], np.exp(-np.square(distance[near] / LENGTH) / 2), atol=0.03)
    assert spectrum.correlation[0] == 1
    assert spectrum.correlation[-1] == 0
    power, expected = spectrum.power((N, N)), closed_form(N)
    strong = expected > 0.05 * expected.max()
    np.testing.assert_allclose(power[strong].sum(), expected[strong].sum(), rtol=0.03)
    np.testing.assert_allclose(power[strong], expected[strong], rtol=0.25, atol=0.05 * expected.max())


def test_gaps_change_little(fields):
    valid = np.random.default_rng(1).random(EVERYWHERE.shape) > 0.3
    valid[:, :40] = False
    spoiled = np.where(valid, fields, 1e3).astype(np.float32)
    np.testing.assert_allclose(fit(spoiled, valid).correlation[:15], fit(fields).correlation[:15], atol=0.04)


def test_coloured_noise_has_the_spectrum(fields):
    spectrum = fit(fields)
    white = np.random.default_rng(2).standard_normal((COUNT, *spectrum.shape((N, N)))).astype(np.float32)
    noise = spectrum.colour(white)
    assert noise.shape == (COUNT, N, N)
    assert noise.dtype == np.float32
    assert noise.std() == pytest.approx(1, abs=0.02)
    assert abs(noise.mean()) < 0.03
    np.testing.assert_allclose(fit(noise).correlation[:15], spectrum.correlation[:15], atol=0.04)
    for axis in (1, 2):  # opposite edges are neighbours on a periodic grid, and not here
        first, last = noise.take(0, axis).ravel(), noise.take(-1, axis).ravel()
        assert abs(np.corrcoef(first, last)[0, 1]) < 0.1


def test_white_fields_stay_white():
    white = np.random.default_rng(3).standard_normal((COUNT, N, N)).astype(np.float32)
    spectrum = fit(white)
    assert np.abs(spectrum.correlation[1:]).max() < 0.02
    np.testing.assert_allclose(spectrum.power((N, N)), 1, atol=0.1)


def test_nothing_to_estimate_from_is_white():
    fields = np.zeros((2, 8, 8), np.float32)
    for valid in (np.ones(fields.shape, bool), np.zeros(fields.shape, bool)):
        assert fit(fields, valid) == IsotropicSpectrum()
    white = np.random.default_rng(0).standard_normal((2, *IsotropicSpectrum().shape((8, 8))))
    noise = IsotropicSpectrum().colour(white.astype(np.float32))
    np.testing.assert_allclose(noise, white[:, :8, :8], atol=1e-5)


def test_fields_smaller_than_the_reach():
    fields = np.random.default_rng(0).standard_normal((50, 16, 12)).astype(np.float32)
    spectrum = fit(fields, np.ones(fields.shape, bool))
    assert 14 < spectrum.reach <= 16 < REACH
    assert np.isfinite(spectrum.correlation).all()
