"""Noise with a finite memory."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from downbench_datasets.standin.noise import Band, generator, layers, wander


@given(st.floats(0, 5000), st.sampled_from([2, 4, 6, 28, 64]))
def test_weights_keep_the_variance(time, life):
    alive = list(layers(time, life))
    assert sum(weight**2 for _, weight in alive) == pytest.approx(1)
    assert all(0 <= time - birth <= life for birth, _ in alive)


@pytest.mark.parametrize("slope", [2.0, 3.6])
def test_textures_have_variance_one(slope):
    band = Band("test", 40, 4, slope, 4)
    amplitude = band.amplitude(128)
    values = np.stack([band.texture(amplitude, k) for k in range(60)])
    assert values.mean() == pytest.approx(0, abs=0.02)
    assert values.var() == pytest.approx(1, abs=0.05)


def test_power_stays_within_the_band():
    band = Band("test", 32, 8, 2.0, 4)
    power = np.abs(np.fft.rfft2(band.texture(band.amplitude(128), 0))) ** 2
    k = np.hypot(np.fft.fftfreq(128)[:, None], np.fft.rfftfreq(128)[None])
    assert power[(k > 1 / 36) & (k < 1 / 7)].sum() > 0.9 * power.sum()
    assert power[(k < 1 / 64) | (k > 1 / 4)].sum() < 0.01 * power.sum()


def test_names_key_the_noise():
    assert generator("a", 1).normal() == generator("a", 1).normal()
    assert generator("a", 1).normal() != generator("a", 2).normal()


def test_wander_is_standard_normal_and_remembers():
    values = np.array([wander(("test",), time, 8)[0] for time in range(8000)])
    assert values.std() == pytest.approx(1, abs=0.05)
    lag = [np.corrcoef(values[:-k], values[k:])[0, 1] for k in (1, 2, 10)]
    assert lag[0] == pytest.approx(np.cos(np.pi / 8), abs=0.02)
    assert lag[0] > lag[1] > 0.5
    assert abs(lag[2]) < 0.1  # nothing is left after its life
