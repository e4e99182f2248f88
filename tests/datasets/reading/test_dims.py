"""Dims of any name, and times that stand beside the fields, in the name of a file or in its attributes."""

from __future__ import annotations

import conventions as c
import numpy as np
import pytest
import xarray as xr

from downbench import UserError
from downbench_datasets.reading.dims import with_plane, with_time_dim
from downbench_datasets.reading.open_record import open_record

RAIN = c.rain(4)
SINCE = "hours since 2020-03-01"


def rain() -> xr.Dataset:
    return c.lat_lon(RAIN, "pr", {"units": "mm/h"}, c.ends(4), SINCE)


@pytest.mark.parametrize("names", [("TLAT", "TLONG"), ("gridlat_0", "gridlon_0"), ("geolat_t", "geolon_t")])
def test_dims_of_any_name_are_those_of_latitude_and_longitude(names):
    lat, lon = np.meshgrid(c.LAT, c.LON, indexing="ij")
    plane = ("rank", "file")
    data = xr.Dataset(
        {
            "pr": (("time", *plane), RAIN),
            names[0]: (plane, lat),
            names[1]: (plane, lon),
        }
    )
    assert with_plane(data, "a.nc")["pr"].dims == ("time", "y", "x")


def on(dims: tuple[str, ...], **attrs: dict[str, str]) -> xr.Dataset:
    """The rain on dims of these names, with lines of latitude and longitude beside them."""
    data = rain()
    units = {"latitude": {"units": "degrees_north"}, "longitude": {"units": "degrees_east"}} | attrs
    names = dict(zip(data["pr"].dims, dims, strict=True))
    lines = {key: (names[key], data[key].to_numpy(), units[key]) for key in units}
    fields = {"pr": (tuple(names.values()), RAIN, {"units": "mm/h"}), **lines}
    return xr.Dataset(fields, {dims[0]: (dims[0], data["time"].to_numpy(), {"units": SINCE})})


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1)])
@pytest.mark.parametrize(
    "dims", [("time", "phony_dim_1", "phony_dim_2"), ("time", "x", "y"), ("time", "YDim:Grid", "XDim:Grid")]
)
def test_lines_of_latitude_and_longitude_say_what_their_dims_are(tmp_path, dims, order):
    """HDF5 without names of dims, an x along which latitude lies, and HDF-EOS."""
    data = on(dims).transpose(*(dims[k] for k in order))
    record = open_record(c.write(data, tmp_path / "a.nc"))
    np.testing.assert_array_equal(record.rain[:, 0], RAIN)
    np.testing.assert_allclose(record.static["lat"][0, :, 0], c.LAT)
    np.testing.assert_allclose(record.static["lon"][0, 0], c.LON)


def test_a_latitude_in_other_words_is_a_dim_too(tmp_path):
    data = on(("time", "latitude", "longitude"))
    data = data.rename(latitude="a", longitude="b")
    data["a"].attrs, data["b"].attrs = {"units": "degN"}, {"units": "degE"}
    record = open_record(c.write(data, tmp_path / "a.nc"))
    np.testing.assert_array_equal(record.rain[:, 0], RAIN)


def test_lines_along_one_dim_make_no_plane(tmp_path):
    """Stations, or the cells of an unstructured grid."""
    places = {
        "lat": ("ncells", np.repeat(c.LAT, c.SIDE), {"units": "degrees_north"}),
        "lon": ("ncells", np.tile(c.LON, c.SIDE), {"units": "degrees_east"}),
    }
    fields = {"pr": (("time", "ncells"), RAIN.reshape(4, -1), {"units": "mm/h"})}
    path = c.write(xr.Dataset(fields | places, rain()["time"].coords), tmp_path / "a.nc")
    with pytest.raises(UserError, match="a list of 64 cells or stations") as caught:
        open_record(path)
    assert "without rows and columns" in caught.value.message
    assert "remapcon" in (caught.value.hint or "")


def test_attributes_that_contradict_a_name_are_refused(tmp_path):
    """Copied from the line above; what is north and what is east would be turned over."""
    path = c.write(on(("time", "a", "b"), longitude={"units": "degrees_north"}), tmp_path / "a.nc")
    with pytest.raises(
        UserError, match="'longitude' is a longitude by its name and a latitude by its attrib"
    ):
        open_record(path)


@pytest.mark.parametrize("name", ["time_counter", "XTIME", "initial_time0_hours", "datetime", "tstep"])
def test_a_dim_with_units_since_a_date_is_time(tmp_path, name):
    data = rain()
    dim = next(iter(data["pr"].dims))
    record = open_record(c.write(data.rename({dim: name}), tmp_path / "a.nc"))
    np.testing.assert_array_equal(record.rain["time"], c.ends(4))


def test_times_along_a_dim_of_another_name():
    data = rain()
    data = (
        data.drop_vars("time")
        .rename_dims(time="record")
        .assign(when=("record", [1, 2, 3, 4], data.time.attrs))
    )
    assert with_time_dim(data, "a.nc")["pr"].dims[0] == "when"


@pytest.mark.parametrize(
    "name",
    [
        "gsmap_mvk.20200301.0300.v7.nc",
        "3B-HHR-2020-03-01T03.nc",
        "rain_2020.03.01.03.nc",
        "x_202003010300.nc",
    ],
)
def test_a_frame_without_time_has_that_of_its_name(tmp_path, name):
    record = open_record(c.write(rain().isel(time=2, drop=True), tmp_path / name))
    assert record.rain["time"].to_numpy()[0] == np.datetime64("2020-03-01T03:00")


def test_a_frame_without_time_has_that_of_its_attributes(tmp_path):
    frame = rain().isel(time=2, drop=True).assign_attrs(time_coverage_start="2020-03-01T02:30:00Z")
    record = open_record(c.write(frame, tmp_path / "of_19990101.nc"))
    assert record.rain["time"].to_numpy()[0] == np.datetime64("2020-03-01T02:30")


def test_folders_of_years_and_months_are_one_series(tmp_path):
    for month, frames in (("2020/03", slice(0, 2)), ("2020/04", slice(2, 4))):
        (tmp_path / month).mkdir(parents=True)
        c.write(rain().isel(time=frames), tmp_path / month / "rain.nc")
    np.testing.assert_allclose(open_record(tmp_path).rain[:, 0], RAIN, rtol=1e-6)


@pytest.mark.parametrize("dim", ["time", "nt"])
def test_dates_in_parts_beside_the_fields_are_times(tmp_path, dim):
    """Year, month, day, hour and minute in a variable each, at half past the hours round a midnight."""
    times = np.datetime64("2020-12-31T21:30", "s") + np.arange(4) * c.HOUR
    dates = times.astype(object)
    names = ("year", "month", "day", "hour", "minute")
    parts = {name: (dim, [getattr(date, name) for date in dates]) for name in names}
    fields = rain().drop_vars("time")
    data = (fields if dim == "time" else fields.rename_dims(time=dim)).assign(parts)
    record = open_record(c.write(data, tmp_path / "a.nc"))
    np.testing.assert_array_equal(record.rain["time"], times)
    np.testing.assert_array_equal(record.rain[:, 0], RAIN)


def test_dims_that_nothing_tells_apart_are_no_list_of_stations(tmp_path):
    data = rain().drop_vars(["latitude", "longitude"]).rename_dims(latitude="a", longitude="b")
    with pytest.raises(UserError, match=r"which of the dims 'a', 'b' of 'pr' are rows and columns"):
        open_record(c.write(data, tmp_path / "a.nc"))


def test_bounds_that_nobody_wrote_do_not_count(tmp_path):
    data = rain().assign(time_bnds=(("time", "bnds"), np.full((4, 2), 9.969209968386869e36)))
    data["time"].attrs["bounds"] = "time_bnds"
    data["time_bnds"].encoding["_FillValue"] = None
    record = open_record(c.write(data, tmp_path / "a.nc"))
    assert not record.bounds_stated
    np.testing.assert_array_equal(record.bounds[:, 1], c.ends(4))
