"""Habits of models and archives in CF's form."""

from __future__ import annotations

import conventions as c
import numpy as np
import pytest
import xarray as xr

from downbench import UserError
from downbench_datasets.reading.conventions import in_cf_form
from downbench_datasets.reading.open_record import open_record
from downbench_datasets.reading.settings import ReadingConfig

NONE = ReadingConfig()
SINCE = "hours since 2020-03-01"
RAIN = c.rain(12)


def forecast(totals, kind="accum"):
    """Two forecasts of six hours on (time, step), as cfgrib writes them."""
    data = xr.Dataset(
        {
            "tp": (
                ("time", "step", "latitude", "longitude"),
                totals.reshape(2, 6, c.SIDE, c.SIDE),
                {"units": "kg m**-2", "GRIB_stepType": kind, "long_name": "Total precipitation"},
            )
        },
        {
            "time": (
                "time",
                [0, 6],
                {"units": "hours since 2020-03-01", "standard_name": "forecast_reference_time"},
            ),
            "step": ("step", np.arange(1.0, 7), {"units": "hours", "standard_name": "forecast_period"}),
            "latitude": ("latitude", c.LAT, {"units": "degrees_north"}),
            "longitude": ("longitude", c.LON, {"units": "degrees_east"}),
            "valid_time": (("time", "step"), np.zeros((2, 6)), {"units": "hours since 2020-03-01"}),
        },
    )
    return data


def test_leads_of_forecasts_become_one_axis_of_time(tmp_path):
    path = c.write(forecast(c.totals(RAIN.astype(float), 6)), tmp_path / "a.nc")
    record = open_record(path)
    np.testing.assert_array_equal(record.rain["time"], c.ends(12))
    np.testing.assert_allclose(record.rain[:, 0], RAIN, atol=1e-3)
    assert any("the bounds say when they begin" in note for note in record.notes)


def test_full_buckets_of_wrf_count():
    dims = ("Time", "south_north", "west_east")
    data = xr.Dataset(
        {"RAINNC": (dims, np.full((1, 2, 2), 7.0)), "I_RAINNC": (dims, np.full((1, 2, 2), 3))},
        attrs={"BUCKET_MM": 100.0},
    )
    assert float(in_cf_form(data, NONE, "here")["RAINNC"].max()) == 307
    assert float(in_cf_form(data.assign_attrs(BUCKET_MM=-1.0), NONE, "here")["RAINNC"].max()) == 7


def test_sums_that_are_asked_for(tmp_path):
    data = c.lat_lon(RAIN / 4, "lsp", {"units": "mm/h"}, c.ends(12), "hours since 2020-03-01")
    data["cp"] = 3 * data["lsp"]
    data["cp"].attrs = {"units": "mm/h"}
    path = c.write(data, tmp_path / "a.nc")
    record = open_record(path, ReadingConfig(variable="lsp+cp"))
    np.testing.assert_allclose(record.rain[:, 0], RAIN, rtol=1e-6)
    with pytest.raises(UserError, match=r"no variable 'sf'\n.*lsp, cp"):
        open_record(path, ReadingConfig(variable="lsp+sf"))
    data["cp"].attrs = {"units": "m/s"}
    with pytest.raises(UserError, match="lsp and cp have different units"):
        open_record(c.write(data, tmp_path / "b.nc"), ReadingConfig(variable="lsp+cp"))


def test_entries_of_further_dims_are_chosen(tmp_path):
    data = c.lat_lon(RAIN, "pr", {"units": "mm/h"}, c.ends(12), "hours since 2020-03-01")
    members = xr.concat([data, 2 * data.drop_attrs(deep=False)], "number").assign_coords(number=[3, 7])
    members["pr"].attrs = data["pr"].attrs
    path = c.write(members, tmp_path / "a.nc")
    with pytest.raises(
        UserError,
        match=r"the dim 'number' with 2 entries\n.*files.select=\{number: 3\}.*files.members=number",
    ):
        open_record(path)
    record = open_record(path, ReadingConfig(select={"number": 7}))
    np.testing.assert_allclose(record.rain[:, 0], 2 * RAIN, rtol=1e-6)
    with pytest.raises(UserError, match=r"'number' has no entry 0\n.*there are 3, 7"):
        open_record(path, ReadingConfig(select={"number": 0}))


def test_an_entry_of_a_dim_that_no_file_has_is_refused(tmp_path):
    data = c.lat_lon(RAIN, "pr", {"units": "mm/h"}, c.ends(12), "hours since 2020-03-01")
    path = c.write(data.assign_coords(number=3), tmp_path / "a.nc")
    np.testing.assert_array_equal(open_record(path, ReadingConfig(select={"number": 3})).rain[:, 0], RAIN)
    with pytest.raises(UserError, match=r"'number' has no entry 4\n.*there are 3"):
        open_record(path, ReadingConfig(select={"number": 4}))
    with pytest.raises(UserError, match=r"entry of 'longitud' is selected.* no such dim\n.*mean 'longitude'"):
        open_record(path, ReadingConfig(select={"longitud": 4}))
    with pytest.raises(UserError, match=r"entry of 'member' is selected.*\n.*dims: time, latitude"):
        open_record(path, ReadingConfig(select={"member": 0}))


def test_an_entry_is_chosen_in_the_files_that_have_the_dim(tmp_path):
    """Static fields beside rain have no members."""
    folder = tmp_path / "both"
    folder.mkdir()
    data = c.lat_lon(RAIN, "pr", {"units": "mm/h"}, c.ends(12), "hours since 2020-03-01")
    members = xr.concat([data, 2 * data.drop_attrs(deep=False)], "number").assign_coords(number=[3, 7])
    members["pr"].attrs = data["pr"].attrs
    c.write(members, folder / "a.nc")
    height = (("latitude", "longitude"), np.full((c.SIDE, c.SIDE), 80.0), {"units": "m"})
    c.write(data[["latitude", "longitude"]].assign(orog=height), folder / "b.nc")
    record = open_record(folder, ReadingConfig(select={"number": 7}))
    np.testing.assert_allclose(record.rain[:, 0], 2 * RAIN, rtol=1e-6)
    assert (record.static["topography"] == 80).all()


def test_a_file_of_one_moment_each(tmp_path):
    """A single time without a dim, with bounds of its own."""
    for k in range(6):
        data = c.lat_lon(
            RAIN[k : k + 1], "pr", {"units": "mm"}, c.ends(12)[k : k + 1], "hours since 2020-03-01"
        )
        data["time_bnds"] = ("time", "bnds"), [[k, k + 1]]
        data["time"].attrs["bounds"] = "time_bnds"
        c.write(data.isel(time=0), tmp_path / f"a{k}.nc")
    record = open_record(tmp_path)
    np.testing.assert_array_equal(record.rain[:, 0], RAIN[:6])
    assert record.bounds_stated


def test_rain_of_wrf_is_that_of_all_its_schemes(tmp_path):
    """Shallow cumulus has a total of its own, RAINSH, which is in neither of the others."""
    totals = np.cumsum(RAIN, 0, dtype=np.float64).astype(np.float32)
    data = c.lat_lon(totals / 4, "RAINC", {"units": "mm"}, c.ends(12), "hours since 2020-03-01")
    data["RAINSH"], data["RAINNC"] = data["RAINC"] * 1, data["RAINC"] * 2
    for name in ("RAINSH", "RAINNC"):
        data[name].attrs = {"units": "mm"}
    record = open_record(c.write(data, tmp_path / "a.nc"), ReadingConfig(amount="total"))
    assert record.variable == "RAINC+RAINSH+RAINNC"
    np.testing.assert_allclose(record.rain[:, 0], RAIN[1:], rtol=1e-3, atol=1e-3)
    without = open_record(c.write(data.drop_vars("RAINSH"), tmp_path / "b.nc"), ReadingConfig(amount="total"))
    np.testing.assert_allclose(without.rain[:, 0], 0.75 * RAIN[1:], rtol=1e-3, atol=1e-3)


def test_rain_of_both_schemes_of_ecmwf_is_added_up_where_there_is_no_total(tmp_path):
    rain = c.rain(6)
    data = c.lat_lon(rain / 4, "cp", {"units": "mm/h"}, c.ends(6), "hours since 2020-03-01")
    data["lsp"] = data["cp"].dims, rain * 3 / 4, {"units": "mm/h"}
    record = open_record(c.write(data, tmp_path / "a.nc"))
    assert record.variable == "cp+lsp"
    np.testing.assert_allclose(record.rain[:, 0], rain, rtol=1e-6)
    data["tp"] = data["cp"].dims, rain, {"units": "mm/h"}
    whole = open_record(c.write(data, tmp_path / "b.nc"))
    assert whole.variable == "tp"
    assert not any("cp+lsp" in note for note in whole.notes)
