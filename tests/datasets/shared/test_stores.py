"""Times, dims and units of stores."""

from __future__ import annotations

import cftime
import numpy as np
import pytest
import xarray as xr

from downbench import UserError
from downbench_datasets.shared.axes import canonical
from downbench_datasets.shared.rain import RainLimits, rain_of
from downbench_datasets.shared.stores import open_store
from downbench_datasets.shared.times import decode_times


def axis(values, units="hours since 2016-09-20 00:00:00", **attrs):
    return xr.DataArray(np.asarray(values), dims="time", attrs={"units": units, **attrs})


@pytest.mark.parametrize("calendar", ["julian", "standard", "proleptic_gregorian", "noleap"])
def test_times_are_rounded_to_the_second(calendar):
    found = decode_times(axis([1.5 - 1e-5, 4.5 + 1e-5, 7.5], calendar=calendar), "here")
    expected = np.datetime64("2016-09-20T01:30") + np.arange(3) * np.timedelta64(3, "h")
    np.testing.assert_array_equal(found, expected)


def test_julian_dates_keep_their_name():
    """A model year in the Julian calendar: 29 February stays 29 February."""
    units, calendar = "days since 2016-02-27 00:00:00", "julian"
    dates = cftime.num2date([0, 2, 3], units, calendar)
    found = decode_times(axis([0, 2, 3], units, calendar=calendar), "here")
    assert [str(time)[:10] for time in found] == [date.strftime("%Y-%m-%d") for date in dates]
    assert str(found[1])[:10] == "2016-02-29"


@pytest.mark.parametrize(("time", "message"), [
    (axis([1.0, 1.0, 2.0]), "does not increase"),
    (axis([3.0, 2.0, 1.0]), "does not increase"),
    (axis([0.0, 1.0], units=""), "cannot be read"),
    (axis([0.0, 1.0], units="parsecs since 2000-01-01"), "cannot be read"),
    (axis([59.0], calendar="lunar"), "cannot be read"),
    (axis([np.nan, 1.0]), "cannot be read"),
])  # fmt: skip
def test_bad_times(time, message):
    with pytest.raises(UserError, match=message):
        decode_times(time, "here")


@pytest.mark.parametrize("dims", [
    ("time", "y", "x"), ("x", "time", "y"), ("lon", "lat", "time"), ("grid_yt", "grid_xt_coarse", "time"),
    ("time", "latitude", "longitude"), ("valid_time", "rlat", "rlon"),
])  # fmt: skip
def test_dims_by_name(dims):
    sizes = {"t": 2, "v": 2, "y": 3, "x": 4}
    kinds = {
        dim: "time" if "time" in dim else "y" if dim[:3] in ("y", "lat", "rla") or "yt" in dim else "x"
        for dim in dims
    }
    sizes = {"time": 2, "y": 3, "x": 4}
    values = np.arange(24).reshape(2, 3, 4)
    field = xr.DataArray(values, dims=("time", "y", "x")).rename(
        {kinds[dim]: dim for dim in dims if kinds[dim] != dim}
    )
    found = canonical(field.transpose(*dims), "here")
    assert found.dims == ("time", "tile", "y", "x")
    np.testing.assert_array_equal(found[:, 0], values)
    assert [found.sizes[dim] for dim in sizes] == [2, 3, 4]


def test_dims_by_attributes():
    field = xr.DataArray(np.arange(6).reshape(3, 2), dims=("south", "west"))
    west = ("west", [0, 1], {"standard_name": "projection_x_coordinate"})
    field = field.assign_coords(south=("south", [0, 1, 2], {"axis": "Y"}), west=west)
    assert canonical(field, "here").sizes == {"tile": 1, "y": 3, "x": 2}


def test_single_levels_are_dropped_and_others_refused():
    field = xr.DataArray(np.zeros((2, 1, 3, 4)), dims=("time", "height", "y", "x"), name="rain")
    assert canonical(field, "here").dims == ("time", "tile", "y", "x")
    with pytest.raises(UserError, match="cannot tell what the dim 'number' of 'rain'"):
        canonical(
            xr.DataArray(np.zeros((2, 5, 3, 4)), dims=("time", "number", "y", "x"), name="rain"), "here"
        )
    with pytest.raises(UserError, match="no dim for x"):
        canonical(xr.DataArray(np.zeros((2, 3)), dims=("time", "y"), name="rain"), "here")


@pytest.mark.parametrize(("units", "factor"), [("mm/h", 1), ("kg m-2 s-1", 3600), ("mm/day", 1 / 24)])
def test_rain_in_mm_per_hour(units, factor):
    data = xr.Dataset({"pr": (("time", "y", "x"), np.full((2, 8, 8), 0.5, np.float32), {"units": units})})
    data = data.assign_coords(time=("time", [0, 1], {"units": "hours since 2000-01-01"}))
    rain = rain_of(data, "pr", "here", RainLimits())
    assert rain.dtype == np.float32
    np.testing.assert_allclose(rain, 0.5 * factor, rtol=1e-6)


def test_rain_without_times():
    data = xr.Dataset({"pr": (("time", "y", "x"), np.zeros((2, 8, 8)), {"units": "mm/h"})})
    with pytest.raises(UserError, match="no coordinate"):
        rain_of(data, "pr", "here", RainLimits())
    with pytest.raises(UserError, match="no time dim"):
        rain_of(data.isel(time=0), "pr", "here", RainLimits())


def test_what_is_no_store(tmp_path):
    path = tmp_path / "rain.nc"
    path.write_text("no NetCDF")
    with pytest.raises(UserError, match="cannot be opened"):
        open_store(path)
