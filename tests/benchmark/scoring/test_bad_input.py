"""Input that cannot be scored gets one clear message."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from scoring_metrics import built_in_metrics
from scoring_world import DAY, STEP, make_world
from sequences import make_sequence

from downbench import DownbenchWarning, UserError
from downbench.scoring.chunk import TileChunk
from downbench.scoring.grid import make_grid
from downbench.scoring.inference.values import work_out
from downbench.scoring.reading import read_fields

CRPS = {"crps": built_in_metrics()["crps"]}


def sequence(tiles=(0, 1), coarse_tiles=(0, 1), shift=0):
    """Dry frames of two tiles; the coarse ones may have other labels and later times (``shift`` hours)."""
    whole = make_sequence(np.zeros((4, 2, 16, 16), np.float32), start="2020-01-01", hours=3, tiles=tiles)
    times = whole.times + np.timedelta64(shift, "h")
    return replace(whole, coarse=whole.coarse.assign_coords(time=times, tile=list(coarse_tiles)))


@pytest.mark.parametrize(
    ("value", "text"), [(np.inf, "rain of inf"), (-np.inf, "-inf"), (-0.5, "of -0.5 mm/h")]
)
def test_impossible_truth_is_refused_with_its_place(value, text):
    record = sequence()
    record.fine[2, 1, 5, 7] = value
    with pytest.raises(UserError, match=r"first at 2020-01-01T06:00:00, y = 5, x = 7") as caught:
        read_fields(record, 1, slice(0, 4), 8)
    assert text in str(caught.value)
    assert "tile 1" in str(caught.value)
    assert np.isfinite(read_fields(record, 0, slice(0, 4), 8)[0]).all()


def test_packing_noise_below_zero_is_let_through():
    record = sequence()
    record.fine[0, 0, 0, 0] = -1e-3
    record.fine[0, 0, 1, 1] = np.nan
    fine, _ = read_fields(record, 0, slice(0, 4), 8)
    assert np.isnan(fine[0, :8, :8]).all()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_members_without_rain_are_refused(value):
    world = make_world(steps=(6,))
    world.members["s0"][1, 0, 3, 20, 21] = value
    with pytest.raises(
        UserError, match=r"a member is missing or infinite in 1 scored cells, first at .* y = 20"
    ):
        world.score(CRPS)


def test_members_that_differ_between_frames_are_refused():
    world = make_world(steps=(6,), members=3)
    accumulator = world.accumulator(CRPS)
    accumulator.add(world.chunk("s0", 0, 0, 3))
    world.members["s0"] = world.members["s0"][:2]
    with pytest.raises(UserError, match="2 members where 3 are scored"):
        accumulator.add(world.chunk("s0", 0, 3, 6))


def test_shapes_that_do_not_fit_are_refused():
    world = make_world(steps=(6,), tiles=1, hole=False)
    truth, members = world.truth["s0"][0], world.members["s0"][:, 0]
    times = world.frames[0][1]
    with pytest.raises(UserError, match="do not fit the grid and times"):
        TileChunk(truth, members[..., :-8], times, "s0", 0, world.grid)
    with pytest.raises(UserError, match="do not fit the grid and times"):
        TileChunk(truth[:4], members[:, :4], times, "s0", 0, world.grid)


def test_mismatched_coordinates_are_refused():
    with pytest.raises(UserError, match="coarse and fine times do not match"):
        sequence(shift=3)
    with pytest.raises(UserError, match=r"coarse tiles .1, 2. and fine tiles .0, 1. do not match"):
        sequence(coarse_tiles=(1, 2))


def test_an_empty_region_is_null_with_its_reason():
    world = make_world(steps=(6,), tiles=1, hole=False)
    shape = world.grid.area.shape
    empty = xr.DataArray(np.zeros(shape, bool), dims=("tile", "y", "x"))
    covered = np.ones((1, shape[1] // 8, shape[2] // 8), bool)
    world.grid = make_grid(xr.Dataset(), {"sea": empty}, covered, 8, DAY, STEP, DAY)
    metrics = built_in_metrics()
    rows, _ = work_out(world.score(metrics), metrics, True)
    sea = [row for row in rows if row["region"] == "sea"]
    assert {row["metric"] for row in sea} == set(metrics)
    assert {row["value"] for row in sea} == {None}
    assert {row["reason"] for row in sea} == {"no valid cells"}


def test_a_region_of_another_grid_is_refused():
    wrong = xr.DataArray(np.ones((1, 8, 8), bool), dims=("tile", "y", "x"))
    with pytest.raises(UserError, match="region 'sea' has the shape"):
        make_grid(xr.Dataset(), {"sea": wrong}, np.ones((1, 4, 4), bool), 8, DAY, STEP)


def test_a_metric_that_gives_what_is_not_finite_is_named():
    class Bad(type(CRPS["crps"])):
        name = "bad"

        def statistics(self, chunk):
            """Of cells without truth too."""
            return {"crps": chunk.sum(chunk.truth, where=~chunk.mask), "weight": chunk.weight()} | {
                "holes": type(chunk.weight())(np.full((len(chunk.times), 1), np.nan), "step")
            }

    with pytest.warns(DownbenchWarning, match="metric 'bad': statistic 'bad/holes' is not finite"):
        make_world(steps=(3,)).score({"bad": Bad()})
