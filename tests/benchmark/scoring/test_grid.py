"""The grid: regions as zones, areas, and what is refused."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import xarray as xr
from scoring_world import DAY, STEP, make_world, plain_grid

from downbench import UserError
from downbench.scoring.grid import make_grid


def test_zones_give_back_the_regions():
    grid = make_world(tiles=2).grid
    for tile in range(2):
        zones = grid.zones(tile)
        for i, mask in enumerate(grid.regions.values()):
            np.testing.assert_array_equal(zones.members[i][zones.label] > 0, mask[tile].ravel())
        unrolled = np.concatenate([np.full(b - a, z) for a, b, z in zones.runs])
        np.testing.assert_array_equal(unrolled, zones.label)


def test_all_comes_first_and_areas_default_to_ones():
    grid = plain_grid(tiles=3)
    assert list(grid.regions) == ["all"]
    assert (grid.area == 1).all()
    assert grid.area.shape == (3, 40, 40)
    assert (grid.window_size, grid.windows[2]) == (32, ((0, 0),))


def test_no_window_fits():
    covered = np.ones((1, 5, 5), bool)
    covered[0, 2, 2] = False
    grid = plain_grid(coverage=covered)
    assert grid.window_size is None
    assert grid.windows == {}


def test_largest_window_of_any_tile():
    covered = np.ones((2, 9, 9), bool)
    covered[0, :, 4] = False
    grid = plain_grid(coverage=covered)
    assert grid.window_size == 64
    assert set(grid.windows) == {1}


def test_grid_travels_to_other_processes():
    grid = make_world().grid
    there = pickle.loads(pickle.dumps(grid))
    np.testing.assert_array_equal(there.zones(1).label, grid.zones(1).label)


@pytest.mark.parametrize(
    ("static", "regions", "text"),
    [
        ({"area": (("tile", "y", "x"), np.zeros((1, 16, 16)))}, {}, "above zero"),
        ({"area": (("tile", "y", "x"), np.ones((1, 8, 8)))}, {}, "shape"),
        ({}, {"sea": xr.DataArray(np.ones((1, 8, 8)), dims=("tile", "y", "x"))}, "region 'sea'"),
    ],
)
def test_what_does_not_fit_is_refused(static, regions, text):
    with pytest.raises(UserError, match=text):
        make_grid(xr.Dataset(static), regions, np.ones((1, 2, 2), bool), 8, DAY, STEP)
