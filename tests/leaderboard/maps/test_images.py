"""The colour scale keeps the order of rain, and other software reads our PNG."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from downbench_leaderboard.maps.images import LEVELS, MISSING, palette, position, rain_png, scale_top, ticks


def lightness(colours: np.ndarray) -> np.ndarray:
    """CIE L* of sRGB colours (n, 3): what the eye takes for light and dark."""
    value = colours / 255
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    luminance = linear @ np.array([0.2126, 0.7152, 0.0722])
    return np.where(luminance > 0.008856, 116 * np.cbrt(luminance) - 16, 903.3 * luminance)


def test_lightness_falls_all_along_the_scale():
    steps = lightness(palette()[:LEVELS].astype(float))
    smooth = steps[5:] - steps[:-5]  # single steps are rounded to whole colours
    assert (smooth < 0).all()
    assert steps[0] > 95
    assert steps[-1] < 10


def test_missing_is_a_grey_that_no_rain_has():
    assert tuple(palette()[-1]) == MISSING
    assert np.ptp(MISSING) == 0
    assert (np.abs(palette()[:LEVELS].astype(int) - MISSING).max(axis=1) > 10).all()


def test_another_decoder_reads_the_same_colours():
    image = pytest.importorskip("PIL.Image", reason="no Pillow to decode with")
    rain = np.array([[0.0, 0.1, np.nan], [1.0, 20.0, 500.0]])
    decoded = np.asarray(image.open(io.BytesIO(rain_png(rain, top=20.0))).convert("RGB"))
    assert decoded.shape == (2, 3, 3)
    assert tuple(decoded[0, 2]) == MISSING
    assert tuple(decoded[0, 0]) == tuple(palette()[0])
    assert tuple(decoded[1, 1]) == tuple(decoded[1, 2]) == tuple(palette()[LEVELS - 1])
    light = lightness(decoded[[0, 0, 1, 1], [0, 1, 0, 1]].astype(float))
    assert (np.diff(light) < 0).all()


@given(st.floats(0, 1e4), st.floats(0, 1e4))
def test_the_scale_is_monotone_and_its_ticks_lie_on_it(a, b):
    top = scale_top(max(a, b, 1))
    assert top >= max(a, b)
    low, high = position(np.array([min(a, b), max(a, b)]), top)
    assert 0 <= low <= high <= 1
    places = [place for _, place in ticks(top)]
    assert places == sorted(places)
    assert (places[0], places[-1]) == (0, 1)
