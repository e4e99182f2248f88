"""Where a window lies on the training grid: by coordinates, else by its label."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from sequences import make_sequence
from statistical_world import latitudes

from downbench import UserError
from downbench_methods.statistical.location import Location, TrainingGrid, unit_vectors

PLACES = latitudes(48, 64)
PLACED = TrainingGrid.of((make_sequence(np.zeros((2, 48, 64), np.float32), PLACES),))
BARE = TrainingGrid.of((make_sequence(np.zeros((2, 3, 16, 24), np.float32), tiles=[2, 4, 5]),))


def window(rows, columns, static=PLACES):
    return static.isel(tile=0, y=rows, x=columns)


def test_a_window_is_found_by_its_coordinates():
    part = window(slice(8, 24), slice(16, 40))
    assert PLACED.find(part, 7, (16, 24)) == Location(0, 8, 16)
    assert PLACED.find(window(slice(None), slice(None)), 0, (48, 64)) == Location(0, 0, 0)


@pytest.mark.parametrize(("shift", "same"), [(1e-4, True), (0.005, True), (0.05, False)])
def test_a_tenth_of_a_cell_makes_another_place(shift, same):
    """Cells of 0.1 degrees: rounding is forgiven, half a cell is not."""
    part = window(slice(8, 24), slice(16, 40))
    assert (PLACED.find(part.assign(lat=part["lat"] + shift), 0, (16, 24)) is not None) == same


def test_longitudes_in_the_other_convention_are_the_same_place():
    part = window(slice(8, 24), slice(16, 40))
    assert PLACED.find(part.assign(lon=part["lon"] - 360), 0, (16, 24)) == Location(0, 8, 16)


def test_outside_the_grid_there_is_no_place():
    beside = latitudes(16, 24, top=50.0, left=10.0 + 0.1 * 60)  # the last columns lie beyond
    assert PLACED.find(beside.isel(tile=0), 0, (16, 24)) is None
    assert PLACED.find(window(slice(8, 24), slice(39, 15, -1)), 0, (16, 24)) is None  # turned round


def test_without_coordinates_the_label_counts_if_the_tile_is_as_large():
    assert BARE.find(xr.Dataset(), 4, (16, 24)) == Location(1, 0, 0)
    assert BARE.find(xr.Dataset(), 3, (16, 24)) is None
    assert BARE.find(xr.Dataset(), 4, (16, 16)) is None
    assert BARE.find(window(slice(16), slice(24)), 2, (16, 24)) == Location(0, 0, 0)  # the grid has none


@pytest.mark.parametrize("grid", [PLACED, BARE], ids=["placed", "bare"])
def test_it_comes_back_from_its_arrays(grid):
    back = TrainingGrid.from_arrays(grid.arrays())
    assert back.size == grid.size
    np.testing.assert_array_equal(back.tiles, grid.tiles)
    assert (back.xyz is None) == (grid.xyz is None)
    if grid.xyz is not None:
        np.testing.assert_array_equal(back.xyz, grid.xyz)


def test_training_sequences_share_one_grid():
    one = make_sequence(np.zeros((2, 2, 16, 16), np.float32), tiles=[0, 1])
    for other in (
        make_sequence(np.zeros((2, 2, 16, 24), np.float32), tiles=[0, 1]),
        make_sequence(np.zeros((2, 2, 16, 16), np.float32), tiles=[0, 2]),
    ):
        with pytest.raises(UserError, match="different tiles or sizes"):
            TrainingGrid.of((one, replace(other, name="t")))


def test_unit_vectors_of_known_places():
    static = xr.Dataset({"lat": (("y", "x"), [[0.0, 0.0, 90.0]]), "lon": (("y", "x"), [[0.0, 90.0, 5.0]])})
    np.testing.assert_allclose(unit_vectors(static), [[[1, 0, 0], [0, 1, 0], [0, 0, 1]]], atol=1e-7)
    lines = xr.Dataset({"lat": ("y", [0.0, 90.0]), "lon": ("x", [0.0, 90.0, 180.0])})
    assert unit_vectors(lines).shape == (2, 3, 3)
    assert unit_vectors(static.drop_vars("lon")) is None
