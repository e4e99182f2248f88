"""The fused ensemble kernel against properscoring, xskillscore and closed forms."""

from __future__ import annotations

import numpy as np
import properscoring
import pytest
import xarray as xr
import xskillscore
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scoring_world import rain

from downbench.scoring.kernels.ensemble import ensemble_fields, sorting_network
from downbench.scoring.kernels.ranks import rank_histogram


def fair(truth, members, ensemble_crps):
    """PROTOCOL.md: the fair form from a CRPS over all m2 pairs."""
    m = len(members)
    mae = abs(members - truth).mean(axis=0)
    return mae - (m / (m - 1) * (mae - ensemble_crps) if m > 1 else 0)


def pairwise(truth, members):
    """Fair CRPS by its definition, in float64."""
    x, y = members.astype(np.float64), truth.astype(np.float64)
    m = len(x)
    spread = abs(x[:, None] - x[None]).sum(axis=(0, 1)) / (m * (m - 1)) if m > 1 else 0
    return abs(x - y).mean(axis=0) - spread / 2


@pytest.mark.parametrize("size", [*range(1, 40), 50, 64, 100])
def test_network_sorts(size):
    rng = np.random.default_rng(size)
    values = rng.integers(0, 2, (size, 4000))  # 0-1 principle: what sorts zeros and ones sorts everything
    want = np.sort(values, axis=0)
    for a, b in sorting_network(size):
        values[[a, b]] = np.minimum(values[a], values[b]), np.maximum(values[a], values[b])
    np.testing.assert_array_equal(values, want)


@pytest.mark.parametrize("m", [1, 2, 3, 5, 8, 10, 16, 32, 51, 64, 70])  # 70: the kernel for any number
def test_against_properscoring(m):
    rng = np.random.default_rng(m)
    truth, members = rain(rng, (3, 17, 23)), rain(rng, (m, 3, 17, 23))
    got = ensemble_fields(truth, members)
    y, x = truth.astype(np.float64), members.astype(np.float64)
    want = fair(y, x, properscoring.crps_ensemble(y, np.moveaxis(x, 0, -1)))
    scale = abs(x - y).max(axis=0) + abs(x).max(axis=0)
    assert (abs(got.crps - want) <= 1e-6 * scale).all()
    assert (abs(got.mean - x.mean(axis=0)) <= 1e-6 * scale).all()
    if m > 1:
        assert (abs(got.variance - x.var(axis=0, ddof=1)) <= 4e-6 * scale**2).all()
        assert got.crps.mean(dtype=np.float64) == pytest.approx(want.mean(), rel=1e-6)
    else:
        assert (got.variance == 0).all()
        np.testing.assert_array_equal(got.crps, abs(members[0] - truth))


def test_against_xskillscore():
    rng = np.random.default_rng(1)
    truth, members = rain(rng, (2, 16, 16)), rain(rng, (6, 2, 16, 16))
    y = xr.DataArray(truth.astype(np.float64), dims=("time", "y", "x"))
    x = xr.DataArray(members.astype(np.float64), dims=("member", "time", "y", "x"))
    unfair = xskillscore.crps_ensemble(y, x, dim=[]).to_numpy()
    np.testing.assert_allclose(
        ensemble_fields(truth, members).crps, fair(y.to_numpy(), x.to_numpy(), unfair), rtol=1e-5, atol=1e-6
    )


@settings(max_examples=60, deadline=None)
@given(
    arrays(
        np.float32,
        st.tuples(st.integers(2, 9), st.integers(1, 40)),
        elements=st.sampled_from([0.0, 0.1, 0.25, 1.0, 1.5, 80.0]),
    )
)
def test_ties_and_definition(values):
    truth, members = values[0][None, None], values[1:, None, None]
    got = ensemble_fields(truth, members)
    np.testing.assert_allclose(got.crps, pairwise(truth, members), rtol=1e-5, atol=2e-5)
    np.testing.assert_array_equal(got.below, (members < truth).sum(axis=0))
    np.testing.assert_array_equal(got.equal, (members == truth).sum(axis=0))


def test_large_values_do_not_cancel():
    rng = np.random.default_rng(2)
    truth = (1e5 + rng.random((1, 30, 30))).astype(np.float32)
    members = (1e5 + rng.random((16, 1, 30, 30))).astype(np.float32)
    np.testing.assert_allclose(ensemble_fields(truth, members).crps, pairwise(truth, members), atol=2e-6)


def test_hand_computed():
    truth = np.array([[[1.0, 0.0, 2.0]]], np.float32)
    members = np.array([[[[1, 0, 1]]], [[[1, 0, 3]]], [[[4, 0, 5]]]], np.float32)
    got = ensemble_fields(truth, members)
    # cell 0: mean |d| = 1, pairs (0 + 3 + 3) / 3 / 2 = 1; cell 2: 5/3 - (2 + 4 + 2) / 6
    np.testing.assert_allclose(got.crps[0, 0], [0.0, 0.0, 5 / 3 - 8 / 6], atol=1e-6)
    np.testing.assert_allclose(got.mean[0, 0], [2.0, 0.0, 3.0], rtol=1e-6)
    np.testing.assert_allclose(got.variance[0, 0], [3.0, 0.0, 4.0], rtol=1e-6)
    np.testing.assert_array_equal(got.below[0, 0], [0, 0, 1])
    np.testing.assert_array_equal(got.equal[0, 0], [2, 3, 0])


def test_missing_stays_where_it_is():
    rng = np.random.default_rng(3)
    truth, members = rain(rng, (1, 9, 9)), rain(rng, (8, 1, 9, 9))
    want = ensemble_fields(truth, members)
    truth, members = truth.copy(), members.copy()
    truth[0, 4, 4] = np.nan
    members[2, 0, 6, 6] = np.nan
    got = ensemble_fields(truth, members)
    gone = np.zeros(truth.shape, bool)
    gone[0, 4, 4] = gone[0, 6, 6] = True
    for a, b in zip(got[:3], want[:3], strict=True):
        assert np.isnan(a[gone]).all()
        np.testing.assert_array_equal(a[~gone], b[~gone])


@pytest.mark.parametrize("m", [2, 8, 10])
def test_ranks_of_a_calibrated_dry_ensemble_are_flat(m):
    rng = np.random.default_rng(m)
    from downbench.contracts.grid import Zones

    n = 300
    everything = rain(rng, (m + 1, 4, n, n), dry=0.7)
    fields = ensemble_fields(everything[0], everything[1:])
    zones = Zones(np.zeros(n * n, np.int64), np.array([[0, n * n, 0]]), np.ones((1, 1)))
    use = np.ones((4, n, n), bool)
    ranks = rank_histogram(fields.below, fields.equal, use, np.ones((n, n)), zones, m)
    assert ranks.sum() == pytest.approx(4 * n * n)
    share = ranks[:, 0].sum(axis=0) / ranks.sum() * (m + 1)
    np.testing.assert_allclose(share, 1, atol=0.03)
