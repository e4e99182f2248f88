"""Bit histograms against numpy and scipy on heavy-tailed, mostly dry rain."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import wasserstein_distance
from scoring_world import rain

from downbench.contracts.grid import Zones
from downbench.scoring.kernels.histogram import (
    BINS,
    fill_histogram,
    histogram_edges,
    histogram_quantile,
    histogram_wasserstein,
)

LEVELS = np.array([0.99, 0.999, 0.9999, 0.99999])


def histogram(values, area=None):
    """Histogram (3, bin) of any values."""
    flat = np.asarray(values, np.float32).reshape(1, 1, 1, -1)
    n = flat.size
    zones = Zones(np.zeros(n, np.int64), np.array([[0, n, 0]]), np.ones((1, 1)))
    weights = np.ones((1, n)) if area is None else area
    return fill_histogram(flat, np.ones((1, 1, n), bool), weights, zones, np.zeros(1, np.int64), 1)[0, 0]


def test_bins_are_where_the_edges_say():
    edges = histogram_edges()
    assert len(edges) == BINS + 1
    assert (np.diff(edges[2:-1]) / edges[2:-2] <= 2**-7).all()
    rng = np.random.default_rng(0)
    values = np.concatenate([rng.lognormal(0, 4, 5000), [0, 1e-9, 2.0**-13, 5000.0, 1.0]]).astype(np.float32)
    values = np.concatenate([values, edges[2:-1].astype(np.float32)])
    where = np.searchsorted(edges[1:], values, side="right")
    where[values == 0] = 0
    np.testing.assert_array_equal(histogram(values)[2], np.bincount(where, minlength=BINS))


def test_sums_are_exact_and_zero_has_its_own_bin():
    values = rain(np.random.default_rng(1), 100_000)
    weight, mass, count = histogram(values)
    assert count[0] == (values == 0).sum()
    assert mass.sum() == pytest.approx(values.sum(dtype=np.float64), rel=1e-12)
    assert weight.sum() == count.sum() == values.size


def test_members_are_pooled_with_area_over_m():
    rng = np.random.default_rng(2)
    members, area = rain(rng, (4, 2, 6, 5)), rng.uniform(1, 2, (6, 5))
    zones = Zones(np.zeros(30, np.int64), np.array([[0, 30, 0]]), np.ones((1, 1)))
    got = fill_histogram(members, np.ones((2, 6, 5), bool), area, zones, np.zeros(2, np.int64), 1)[0, 0]
    assert got[0].sum() == pytest.approx(2 * area.sum())
    assert got[1].sum() == pytest.approx((members.mean(axis=0) * area).sum(dtype=np.float64))
    assert got[2].sum() == members.size


def test_merging_37_parts_equals_one_pass():
    values = rain(np.random.default_rng(3), 37_000)
    parts = sum(histogram(part) for part in np.split(np.random.default_rng(0).permutation(values), 37))
    whole = histogram(values)
    np.testing.assert_array_equal(parts[[0, 2]], whole[[0, 2]])
    np.testing.assert_allclose(parts[1], whole[1], rtol=1e-12)


def test_extreme_quantiles_of_heavy_tailed_rain():
    values = rain(np.random.default_rng(4), 4_000_000)
    np.testing.assert_allclose(
        histogram_quantile(histogram(values), LEVELS), np.quantile(values, LEVELS), rtol=2**-7
    )


@settings(max_examples=80, deadline=None)
@given(
    arrays(np.float32, st.integers(1, 300), elements=st.floats(0, 2000, width=32)),
    st.lists(st.floats(0.01, 1), min_size=1, max_size=4),
)
@example(np.repeat(np.float32([0, 1]), (3, 297)), [0.010000000000000002])
def test_quantile_lies_in_the_right_bin(values, levels):
    got = histogram_quantile(histogram(values), np.array(levels))
    before_a_step = np.array(levels) * (1 - 1e-12)  # as the function takes levels that are one to rounding
    want = np.quantile(values.astype(np.float64), before_a_step, method="inverted_cdf")
    assert (abs(got - want) <= 2**-7 * want + 2**-13).all()


@pytest.mark.parametrize("scale", [1.0, 1.03, 2.0])
def test_wasserstein_of_rain(scale):
    rng = np.random.default_rng(5)
    a, b = rain(rng, 400_000), rain(rng, 400_000, dry=0.65) * np.float32(scale)
    want = wasserstein_distance(a.astype(np.float64), b.astype(np.float64))
    assert histogram_wasserstein(histogram(a), histogram(b)) == pytest.approx(want, rel=1e-4)


@settings(max_examples=80, deadline=None)
@given(
    arrays(np.float32, st.integers(1, 60), elements=st.floats(0, 4000, width=32)),
    arrays(np.float32, st.integers(1, 60), elements=st.floats(0, 4000, width=32)),
)
def test_wasserstein_keeps_its_bound(a, b):
    want = wasserstein_distance(a.astype(np.float64), b.astype(np.float64))
    got = histogram_wasserstein(histogram(a), histogram(b))
    inside = [v[v < 2048].sum(dtype=np.float64) / len(v) for v in (a, b)]
    above = [np.maximum(v.astype(np.float64) - 2048, 0).mean() for v in (a, b)]  # the last bin has no width
    bound = 2**-8 * sum(inside) + 2**-13 + 2 * min(above)
    assert want - bound - 1e-9 <= got <= want * (1 + 1e-9) + 1e-9


def test_wasserstein_by_hand():
    assert histogram_wasserstein(histogram([0, 0, 1, 2]), histogram([0, 0, 1, 2])) == 0
    assert histogram_wasserstein(histogram([0, 0]), histogram([3, 3])) == pytest.approx(3)
    assert histogram_wasserstein(histogram([5000]), histogram([3000])) == pytest.approx(2000)
    assert histogram_wasserstein(histogram([0, 4]), histogram([2, 2])) == pytest.approx(2)
