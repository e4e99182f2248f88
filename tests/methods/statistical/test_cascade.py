"""The cascade: mass, and parameters found again in a synthetic one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sequences import make_sequence
from statistical_world import fitted, sampled, spotty_rain

from downbench import UserError, block_mean
from downbench_methods.statistical.cascade import CascadeConfig, LognormalCascade, branchings
from downbench_methods.statistical.cascade_weights import Weights, drift, examples, family, fit_weights

KNOWN = Weights(
    edges=np.zeros(0),
    counts=np.array([[0.2, 0.5, 0.6, 1.0]]),
    odds=np.array([0.0]),
    slope=np.array([1.5]),
    spread=np.array([0.7]),
)


def divided(weights: Weights, parents: np.ndarray, b: int = 2, seed: int = 0) -> np.ndarray:
    noise = np.random.default_rng(seed).standard_normal((2 * b * b + 1, *parents.shape[-2:]))
    return weights.divide(parents, b, noise.astype(np.float32))


def parents(size: int = 300) -> np.ndarray:
    """Rain that varies from cell to cell, everywhere wet."""
    return np.random.default_rng(1).lognormal(0, 0.5, (size, size)).astype(np.float32)


def test_the_parameters_of_a_synthetic_cascade_are_found_again() -> None:
    field = parents()
    got = fit_weights(*examples(divided(KNOWN, field)[None], 2), classes=1)
    # standard errors with 90,000 parents: 0.0016 of a frequency, under 0.01 of slope and spread
    np.testing.assert_allclose(got.counts, KNOWN.counts, atol=4 * 0.0016)
    np.testing.assert_allclose(got.slope, KNOWN.slope, atol=0.03)
    np.testing.assert_allclose(got.spread, KNOWN.spread, atol=0.03)


def test_moments_of_the_fitted_cascade_are_those_of_its_training_data() -> None:
    field = parents()
    random = np.random.default_rng(2)
    # shares that are not log-normal at all
    given = random.dirichlet([0.5, 1, 2, 1], field.shape) * 4 * field[..., None]
    fine = np.moveaxis(given.reshape(*field.shape, 2, 2), -2, -3).reshape(600, 600).astype(np.float32)
    weights = fit_weights(*examples(fine[None], 2), classes=1)
    drawn = divided(weights, field, seed=3)
    x = drift(field, 2)
    true, ours = (family(rain, 2) / (4 * field[..., None]) for rain in (fine, drawn))
    assert (ours**2).sum(-1).mean() == pytest.approx((true**2).sum(-1).mean(), rel=0.01)
    # 90,000 parents: four standard errors of the difference of two means
    error = 4 * float(np.hypot((true * x).sum(-1).std(), (ours * x).sum(-1).std())) / 300
    assert (ours * x).sum(-1).mean() == pytest.approx((true * x).sum(-1).mean(), abs=error)


def test_log_shares_differ_by_twice_the_squared_spread() -> None:
    plain = replace(KNOWN, counts=np.array([[0, 0, 0, 1.0]]), slope=np.array([0.0]))
    children = np.log(family(divided(plain, parents()), 2))
    assert np.var(children[..., 0] - children[..., 3]) == pytest.approx(2 * 0.7**2, rel=0.02)


def test_wet_children_are_as_many_as_fitted_and_lean_to_wet_neighbours() -> None:
    one = replace(KNOWN, counts=np.array([[1.0, 1, 1, 1]]), odds=np.array([2.0]))
    field = parents()
    children = family(divided(one, field), 2)
    wet = children > 0
    assert (wet.sum(-1) == 1).all()
    odds = np.exp(2.0 * drift(field, 2))
    expected = odds / odds.sum(-1, keepdims=True)  # of a single wet child: a softmax
    top = expected[..., 0] > np.quantile(expected[..., 0], 0.9)
    error = 4 * np.sqrt(0.25 / top.sum())
    assert wet[..., 0][top].mean() == pytest.approx(expected[..., 0][top].mean(), abs=error)
    assert expected[..., 0][top].mean() > 0.25 + 4 * error
    got = fit_weights(*examples(divided(one, field)[None], 2), classes=1)
    assert got.odds[0] == pytest.approx(2.0, rel=0.05)


@settings(max_examples=25, deadline=None)
@given(
    b=st.integers(2, 5),
    height=st.integers(1, 6),
    width=st.integers(1, 6),
    seed=st.integers(0, 100),
    spread=st.floats(0, 4),
    slope=st.floats(-8, 8),
    odds=st.floats(-20, 20),
)
def test_mass_is_conserved_whatever_the_parameters(
    b: int, height: int, width: int, seed: int, spread: float, slope: float, odds: float
) -> None:
    random = np.random.default_rng(seed)
    field = np.maximum(random.normal(0, 5, (height, width)), 0).astype(np.float32)
    counts = np.sort(random.random((1, b * b)))
    weights = Weights(np.zeros(0), counts, *(np.array([value]) for value in (odds, slope, spread)))
    fine = divided(weights, field, b, seed)
    assert (fine >= 0).all()
    np.testing.assert_allclose(block_mean(fine, b), field, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("neighbours", [True, False])
def test_block_means_are_given_back_down_all_scales(neighbours: bool, tmp_path: Path) -> None:
    config = CascadeConfig(neighbours=neighbours)
    method = fitted(LognormalCascade(config), [make_sequence(spotty_rain(20))], tmp_path)
    assert isinstance(method, LognormalCascade)
    assert all(bool(weights.slope.any()) is neighbours for weights in method.scales)
    other = spotty_rain(3, (72, 40), seed=5)
    other[1, :16] = np.nan
    got = block_mean(sampled(method, make_sequence(other), members=3), 8)
    rain = block_mean(other, 8)
    valid = np.isfinite(rain)
    assert np.isfinite(got).all()
    np.testing.assert_allclose(got[:, valid], np.stack([rain[valid]] * 3), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(("factor", "expected"), [(8, [2, 2, 2]), (12, [2, 2, 3]), (7, [7]), (1, [])])
def test_scales_are_prime_factors(factor: int, expected: list[int]) -> None:
    assert branchings(factor) == expected


def test_a_dry_record_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no rain"):
        fitted(LognormalCascade(), [make_sequence(np.zeros((2, 16, 16), np.float32))], tmp_path)
