"""The paper's estimators against its formulas, written out in numpy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import wasserstein_distance

from downbench.contracts.grid import Grid
from downbench.paper.estimators import LAGS, PaperSums
from downbench.paper.table1 import ROWS
from downbench.scoring.chunk import TileChunk

HOUR = np.timedelta64(3600, "s")
PER_KG = 3600.0  # mm/h


def fields(members=5, frames=6, cells=24, seed=0):
    """Rain [mm/h]: truth (time, y, x) and members, with dry cells, and one coarse cell missing."""
    rng = np.random.default_rng(seed)
    drawn = rng.gamma(0.4, 3.0, (1 + members, frames, cells, cells)) - 0.3
    rain = drawn.clip(0).astype(np.float32)
    rain[0, :, :8, :8] = np.nan
    return rain[0], rain[1:]


def chunk(truth, members, first=0, points=False):
    times = np.datetime64("2020-01-01", "s") + HOUR * np.arange(first, first + len(truth))
    ones = np.ones((1, *truth.shape[1:]))
    grid = Grid(ones, {"all": ones.astype(bool)}, 8, {}, None, np.timedelta64(1, "D"), HOUR, points=points)
    coarse = np.zeros((len(truth), *(n // 8 for n in truth.shape[1:])), np.float32)
    return TileChunk(truth, members, times, "one", 0, grid, coarse=coarse)


def covariance(field, lag):
    """Of all pairs down and right together, where both cells are there."""
    down = field[:, lag:], field[:, :-lag]
    right = field[:, :, lag:], field[:, :, :-lag]
    first, second = (np.concatenate([a.ravel(), b.ravel()]) for a, b in zip(down, right, strict=True))
    there = np.isfinite(first) & np.isfinite(second)
    a, b = first[there], second[there]
    return (a * b).mean() - a.mean() * b.mean()


@pytest.mark.parametrize("members", [1, 5])
def test_they_are_the_formulas_of_the_paper(members):
    truth, ensemble = fields(members)
    parts = (truth[:2], ensemble[:, :2], 0), (truth[2:], ensemble[:, 2:], 2)
    got = (PaperSums.of(chunk(*parts[0])) + PaperSums.of(chunk(*parts[1]))).estimates()

    true, sampled = (a.astype(np.float64) / PER_KG for a in (truth, ensemble))
    there = np.isfinite(true)
    y, x = true[there], sampled[:, there]
    spread = np.abs(x[:, None] - x[None]).mean(axis=(0, 1))  # over all m^2 pairs: not fair
    assert got.values == there.sum()
    # CRPS comes from single-precision fields; sums are double
    assert got.crps == pytest.approx((np.abs(x - y).mean(0) - spread / 2).mean(), rel=1e-6)
    assert got.mse == pytest.approx(((x - y) ** 2).mean(), rel=1e-12)
    assert got.mse_of_mean == pytest.approx(((x.mean(0) - y) ** 2).mean(), rel=1e-6)
    # the histogram's bounds: 2^-8 of both means, 2^-7 of a quantile
    assert got.emd == pytest.approx(wasserstein_distance(x.ravel(), y), abs=(x.mean() + y.mean()) / 2**8)
    both = [np.quantile(v, 0.99999, method="inverted_cdf") for v in (x.ravel(), y)]
    assert got.pe == pytest.approx(abs(both[0] - both[1]), abs=sum(both) / 2**7)
    blank = np.where(there, sampled, np.nan)
    lags = [h for h in LAGS if h < truth.shape[1]]
    errors = [[abs(covariance(one, h) - covariance(true, h)) for one in blank] for h in lags]
    assert got.covariance_error == pytest.approx(np.mean(errors), rel=1e-9)


def test_a_place_without_neighbours_has_no_covariance():
    truth, ensemble = fields()
    assert PaperSums.of(chunk(truth, ensemble, points=True)).estimates().covariance_error is None


def test_nothing_scored_gives_nothing():
    truth, ensemble = fields()
    nothing = PaperSums.of(chunk(np.full_like(truth, np.nan), ensemble)).estimates()
    assert (nothing.values, nothing.crps, nothing.emd) == (0, None, None)


def test_table_1_is_as_printed():
    assert ROWS[0] == ("STVD", 1.85, 0.59, 2.49, 1.2, 4.00)
    assert min(ROWS, key=lambda row: row.crps).method == "STVD, precipitation only"
    assert max(ROWS, key=lambda row: row.sae).method == "Swin-IR"
