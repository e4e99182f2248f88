"""Times, attributes and grid mappings of a fine field."""

from __future__ import annotations

import cftime
import numpy as np
import pytest
import xarray as xr

from downbench_datasets.files.fine_template import (
    encode_times,
    fine_coordinates,
    fine_times,
    grid_mapping,
    kept,
)

DIMS = {"time": "time", "y": "y", "x": "x"}
TIMES = np.array(["2020-02-28T00", "2020-03-01T00"], "datetime64[ns]")


def test_attributes_of_the_coarse_values_are_left_out():
    attrs = {
        "units": "degrees_north",
        "valid_range": [0, 1],
        "actual_range": [0, 1],
        "bounds": "b",
        "long_name": "x",
    }
    assert kept(attrs) == {"units": "degrees_north", "long_name": "x"}


@pytest.mark.parametrize(("calendar", "days"), [("standard", 2), ("noleap", 1), ("360_day", 3)])
def test_times_are_counted_in_their_own_calendar(calendar, days):
    """Between 28 February and 1 March 2020 lie one to three days."""
    units = "seconds since 2020-02-28"
    numbers = encode_times(TIMES, calendar, units)
    assert numbers.tolist() == [0, days * 86_400]
    back = cftime.num2date(numbers, units, calendar)
    assert [(date.month, date.day) for date in back] == [(2, 28), (3, 1)]


def test_bounds_of_times_are_kept_where_the_files_have_them():
    attrs = {"units": "hours since 2020-02-28", "bounds": "time_bnds"}
    axis = xr.DataArray([0.0, 1.0], dims="time", name="time", attrs=attrs)
    step = np.timedelta64(1, "h")
    times = xr.DataArray(TIMES[0] + np.arange(4) * step, dims="time")
    found = fine_times(axis, times, np.stack([times - step, times], 1))
    assert found["time"].attrs["bounds"] == "time_bnds"
    hour = 3600
    want = [[-hour, 0], [0, hour], [hour, 2 * hour], [2 * hour, 3 * hour]]
    np.testing.assert_array_equal(found["time_bnds"], want)
    without = fine_times(axis, times, None)
    assert list(without) == ["time"]
    assert "bounds" not in without["time"].attrs


def test_lines_are_refined_with_bounds_that_meet():
    data = xr.Dataset(coords={"y": ("y", [30.0, 10.0], {"standard_name": "projection_y_coordinate"})})
    found = fine_coordinates(data.assign_coords(x=("x", [0.0, 8.0])), DIMS, 4)
    np.testing.assert_allclose(found["y"], [37.5, 32.5, 27.5, 22.5, 17.5, 12.5, 7.5, 2.5])
    np.testing.assert_allclose(found["y_bnds"][1:, 0], found["y_bnds"][:-1, 1])
    assert found["y"].attrs == {"standard_name": "projection_y_coordinate", "bounds": "y_bnds"}


def test_text_beside_the_grid_is_left_out():
    data = xr.Dataset({"name": ("y", ["a", "b"])}, {"y": [0.0, 1.0], "x": [0.0, 1.0]})
    assert "name" not in fine_coordinates(data, DIMS, 2)


@pytest.mark.parametrize("attribute", ["crs", "crs: x y", ""])
def test_the_grid_mapping_comes_with_its_variable(attribute):
    """Named in either form of the CF conventions, or found by its own attributes."""
    attrs = {"grid_mapping_name": "polar_stereographic", "GeoTransform": "0 8 0 16 0 -8"}
    data = xr.Dataset({"rain": (("y", "x"), np.zeros((2, 2))), "crs": ((), 7, attrs)})
    data["rain"].attrs["grid_mapping"] = attribute
    text, found = grid_mapping(data, data["rain"], 4)
    assert text == (attribute or "crs")
    assert found["crs"].attrs["grid_mapping_name"] == "polar_stereographic"
    origin, dx, _, top, _, dy = map(float, found["crs"].attrs["GeoTransform"].split())
    assert (origin, dx, top, dy) == (0, 2, 16, -2)


def test_without_a_grid_mapping_there_is_none():
    data = xr.Dataset({"rain": (("y", "x"), np.zeros((2, 2)), {"grid_mapping": "gone"})})
    assert grid_mapping(data, data["rain"], 4) == ("", {})
