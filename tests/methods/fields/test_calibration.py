"""Calibration: whether samples get the distribution of rain, also where they are scaled afterwards."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import expon, wasserstein_distance

from downbench import block_mean
from downbench_methods.fields.calibration import Calibration, fit_calibration
from downbench_methods.fields.mass import conserve

ALL = np.ones((64, 64, 64), bool)


def wet_or_dry(scale: float, share: float, seed: int = 0) -> np.ndarray:
    """Exponential rain in a share of all cells."""
    random = np.random.default_rng(seed)
    rain = random.exponential(scale, ALL.shape) * (random.random(ALL.shape) < share)
    return rain.astype(np.float32)


def test_quantiles_map_as_the_two_distributions_tell():
    samples, rain = wet_or_dry(1.0, 0.5), wet_or_dry(2.0, 0.4, seed=1)
    found = fit_calibration(samples, rain, block_mean(rain, 8), ALL, 1, False)
    x = np.array([1.0, 2.0, 4.0], np.float32)
    # at one level of probability: 1 - 0.5 exp(-x) = 1 - 0.4 exp(-y / 2)
    np.testing.assert_allclose(found(x), 2 * (x + np.log(0.4 / 0.5)), rtol=0.03)
    made = found(samples)
    assert (made[samples == 0] == 0).all()
    np.testing.assert_allclose((made > 0.05).mean(), (rain > 0.05).mean(), rtol=0.01)
    assert wasserstein_distance(made.ravel(), rain.ravel()) < 0.02 * rain.mean()


def test_invalid_cells_do_not_count():
    samples, rain, valid = wet_or_dry(1.0, 1.0), wet_or_dry(2.0, 1.0, seed=1), ALL.copy()
    rain[:, :32], valid[:, :32] = 50.0, False
    found = fit_calibration(samples, rain, block_mean(rain, 8), valid, 1, False)
    np.testing.assert_allclose(found(expon.ppf([0.5, 0.9])), expon.ppf([0.5, 0.9], scale=2), rtol=0.03)


def test_what_scaling_takes_away_is_given_before_it():
    # samples too weak at their heaviest; the coarse rain is that of the truth
    random = np.random.default_rng(0)
    amount = random.exponential(1.0, (64, 8, 8)).repeat(8, 1).repeat(8, 2)
    rain = (amount * random.lognormal(0, 1.0, ALL.shape)).astype(np.float32)
    samples = (amount * random.lognormal(0, 0.7, ALL.shape)).astype(np.float32)
    coarse = block_mean(rain, 8)

    def distance(passes: int) -> float:
        found = fit_calibration(samples, rain, coarse, ALL, passes, True) if passes else lambda x: x
        made = conserve(found(samples)[None], coarse, 8)
        np.testing.assert_allclose(block_mean(made[0], 8), coarse, rtol=1e-4)
        return wasserstein_distance(made.ravel(), rain.ravel())

    none, one, two = (distance(passes) for passes in (0, 1, 2))
    assert two < one < none


@pytest.mark.parametrize("storms", [2, 8])
def test_the_heaviest_rain_alone_does_not_decide(storms):
    """Most quantiles lie in a few storms that are right already, and that scaling moves a little;
    all other rain is too dry."""
    random = np.random.default_rng(0)
    amount = random.exponential(0.5, (64, 8, 8)).repeat(8, 1).repeat(8, 2)

    def showers(share: float) -> np.ndarray:
        wet = random.random(ALL.shape) < share
        return (amount * random.lognormal(0, 0.8, ALL.shape) * wet).astype(np.float32)

    rain, samples = showers(0.5), showers(0.4)
    rain[:storms] = samples[:storms] = random.lognormal(3, 1, (storms, 64, 64))
    coarse = block_mean(rain, 8)
    found = fit_calibration(samples, rain, coarse, ALL, 2, True)
    before, after = (
        wasserstein_distance(conserve(made[None], coarse, 8).ravel(), rain.ravel())
        for made in (samples, found(samples))
    )
    assert after < 0.7 * before


@given(
    st.lists(st.floats(0, 200, width=32), min_size=2, max_size=40),
    st.floats(0.5, 2.0),
    st.integers(0, 2**31),
)
def test_order_stays_and_what_is_beyond_is_scaled(values, factor, seed):
    nodes = np.unique(np.random.default_rng(seed).exponential(5.0, 20))
    found = Calibration(samples=tuple(nodes), rain=tuple(factor * nodes))
    x = np.sort(np.array(values, np.float32))
    y = found(x)
    assert y.dtype == np.float32
    assert (np.diff(y) >= -1e-5 * y[1:]).all()
    assert (y[x == 0] == 0).all()
    above = x > nodes[0]
    np.testing.assert_allclose(y[above], factor * x[above], rtol=1e-5)


@pytest.mark.parametrize("rain", [np.zeros((2, 8, 8), np.float32), np.ones((2, 8, 8), np.float32)])
def test_no_rain_or_too_little_maps_nothing(rain):
    valid = np.ones_like(rain, bool)
    assert fit_calibration(rain, rain, block_mean(rain, 8), valid, 2, True) is None


def test_what_would_be_worse_is_left_as_it_is():
    # next to nothing where it rains: scaling alone makes the distribution, and a map would dry everything
    rain = wet_or_dry(2.0, 0.2)
    samples = (0.01 * block_mean(rain, 8).repeat(8, 1).repeat(8, 2)).astype(np.float32)
    assert fit_calibration(samples, rain, block_mean(rain, 8), ALL, 2, True) is None
