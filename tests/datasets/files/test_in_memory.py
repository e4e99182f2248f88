"""Rain in memory is read as the same rain in a file is."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import xarray as xr
from python_runs import rain

from downbench import UserError, open_dataset
from downbench_datasets.files.in_memory import take_fields
from downbench_datasets.files.rain_files import RainFiles

WHOLE = {"splits": {"test": {}}, "window": None, "factor": 4}


def packed(folder):
    """The rain in a file, packed into integers, in mm/day, with bounds of its times."""
    data = (rain() * 24).assign_attrs(units="mm/day").to_dataset()
    ends = rain()["time"].to_numpy()
    bounds = np.stack([ends - np.timedelta64(3, "h"), ends], axis=1)
    data["time_bnds"] = (("time", "bnds"), bounds)
    data["time"].attrs["bounds"] = "time_bnds"
    packing = {"dtype": "int16", "scale_factor": 0.01, "_FillValue": -1}
    times = {"units": "hours since 2021-01-01", "dtype": "int32"}
    data.to_netcdf(folder / "rain.nc", encoding={"precipitation": packing, "time": times})
    return folder / "rain.nc"


def test_it_is_what_the_file_is(tmp_path):
    path = packed(tmp_path)
    theirs = open_dataset("files", path, WHOLE)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ours = RainFiles.of_fields(xr.open_dataset(path), 4)
    for name in (
        "step",
        "time_bin",
        "resampling_block",
        "gap",
        "notes",
        "splits",
        "factor",
        "coarse_is_mean",
    ):
        assert getattr(ours, name) == getattr(theirs, name), name
    [one], [other] = ours.open("test"), theirs.open("test")
    xr.testing.assert_equal(one.fine, other.fine)
    xr.testing.assert_equal(one.coarse, other.coarse)
    xr.testing.assert_identical(one.static, other.static)
    assert ours.open("train") == ()


def test_the_calendar_is_kept():
    times = xr.date_range("2001-02-27", periods=4, freq="D", calendar="360_day", use_cftime=True)
    dataset = RainFiles.of_fields(rain(4).assign_coords(time=times), 4)
    assert dataset.open("test")[0].calendar == "360_day"


def test_other_rain_is_another_fingerprint():
    digests = [RainFiles.of_fields(field, 4).fingerprint() for field in (rain(), rain(), rain() * 2)]
    assert digests[0] == digests[1] != digests[2]


def test_coarse_rain_of_its_own_gives_the_factor():
    coarse = rain().coarsen(lat=4, lon=4).mean().assign_attrs(units="mm/h")
    memory = take_fields(rain(), coarse * 2)
    assert memory.config.factor == 4
    dataset = RainFiles.of_fields(rain(), (coarse * 2).assign_attrs(units="mm/h"))
    assert not dataset.coarse_is_mean
    made = dataset.open("test")[0].coarse["precipitation"].to_numpy().squeeze()
    np.testing.assert_allclose(made, coarse * 2, rtol=1e-6)


def test_sides_that_do_not_fit_are_refused():
    with pytest.raises(UserError, match="no whole number of cells"):
        take_fields(rain(), rain().isel(lat=slice(0, 5)))
