"""Small domains, single frames, scattered gaps: a metric with nothing to work on is null with a reason."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from scoring_metrics import built_in_metrics
from scoring_world import DAY, STEP, rain

from downbench.scoring.chunk import TileChunk
from downbench.scoring.engine import Accumulator
from downbench.scoring.grid import make_grid
from downbench.scoring.inference.values import work_out
from downbench.scoring.statistics import Statistics

FACTOR = 4


def scored(frames, height, width, members, speckle=0.0, seed=0):
    """Statistics of all built-in metrics on one tile, a share of whose coarse cells is missing at random."""
    rng = np.random.default_rng(seed)
    truth = rain(rng, (frames, height, width), dry=0.5)
    sampled = rain(rng, (members, frames, height, width), dry=0.5)
    gaps = rng.random((frames, height // FACTOR, width // FACTOR)) < speckle
    truth[gaps.repeat(FACTOR, axis=1).repeat(FACTOR, axis=2)] = np.nan
    blocks = truth.reshape(frames, height // FACTOR, FACTOR, width // FACTOR, FACTOR)
    grid = make_grid(xr.Dataset(), {}, ~gaps.any(axis=0)[None], FACTOR, DAY, STEP, DAY)
    times = np.datetime64("2020-03-01T00:00:00") + np.arange(frames) * STEP
    accumulator = Accumulator(built_in_metrics(), grid, [("s", times)], members)
    accumulator.add(TileChunk(truth, sampled, times, "s", 0, grid, coarse=blocks.mean(axis=(2, 4))))
    return accumulator.statistics()


@pytest.mark.parametrize("members", [1, 3])
@pytest.mark.parametrize(
    ("frames", "height", "width", "speckle"),
    [
        (1, 4, 4, 0.0),
        (2, 4, 8, 0.0),
        (20, 8, 8, 0.0),
        (5, 16, 16, 0.0),
        (5, 16, 64, 0.0),
        (20, 36, 36, 0.002),
        (20, 64, 64, 0.03),
        (3, 16, 16, 0.9),
    ],
)
def test_a_number_or_null_with_its_reason(tmp_path, frames, height, width, speckle, members):
    statistics = scored(frames, height, width, members, speckle)
    rows, _ = work_out(statistics, built_in_metrics(), members > 1)
    assert {row["metric"] for row in rows} == set(built_in_metrics())
    for row in rows:
        assert (row["value"] is None) == bool(row["reason"]), row
        assert "failed" not in (row["reason"] or ""), row
    statistics.save(tmp_path / "statistics.zarr")
    again, _ = work_out(Statistics.load(tmp_path / "statistics.zarr"), built_in_metrics(), members > 1)
    assert again == rows


@pytest.mark.parametrize("speckle", [0.0, 0.05])
def test_the_rest_of_a_small_domain_is_scored_as_a_large_one(speckle):
    """What needs no window has a value on 16 x 16 cells, and on gaps that leave no window whole."""
    rows, _ = work_out(scored(40, 16, 16, 4, speckle), built_in_metrics(), True)
    valued = {row["metric"] for row in rows if row["value"] is not None and row["season"] == "all"}
    assert {"crps", "mse", "emd", "energy-score", "fss", "sae", "lag1", "tendency", "spells"} <= valued
    reasons = {row["component"]: row["reason"] for row in rows if row["metric"] == "psd"}
    assert set(reasons.values()) == {"no fully covered window of 32 cells or more"}


def test_scales_of_fss_beyond_the_domain_say_so():
    rows, _ = work_out(scored(5, 16, 16, 3), built_in_metrics(), True)
    [row] = [row for row in rows if row["metric"] == "fss" and row["component"] == "1 mm/h, 33 cells"]
    assert row["value"] is None
    assert row["reason"] == "no neighbourhood of 33 cells with the truth above it is half valid"
