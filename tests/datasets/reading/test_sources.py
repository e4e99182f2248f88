"""Each source that users bring, in its own conventions, gives the same rain in mm/h."""

from __future__ import annotations

import re

import conventions as c
import numpy as np
import pytest
import xarray as xr
from pydantic import ValidationError

from downbench import DownbenchWarning, UserError
from downbench_datasets.reading.open_record import open_record
from downbench_datasets.reading.settings import ReadingConfig


def north_first(record):
    """Rain (time, y, x) with rows from the north, as the latitudes say it."""
    rain = record.rain.to_numpy()[:, 0]
    if "lat" in record.static:
        lat = record.static["lat"].to_numpy()[0, :, 0]
        return rain[:, ::-1] if lat[0] < lat[-1] else rain
    return rain[:, ::-1]


HOURLY = {  # source: words of its notes, where its times stand
    c.era5_new: ("m: amounts of a time step, as they fall", "end"),
    c.era5_old: ("m: amounts of a time step, as they fall", "end"),
    c.era5_rates: ("times end their intervals, as assumed", "end"),
    c.analysis_archive: ("times end their intervals, as assumed", "end"),
    c.conus404: ("mm: amounts of a time step, as they fall", "end"),
    c.wrf: ("mm: running totals, as they rise everywhere", "end"),
}


@pytest.mark.parametrize("write", HOURLY, ids=lambda write: write.__name__)
def test_hourly_sources(tmp_path, write):
    record = open_record(write(tmp_path))
    np.testing.assert_allclose(north_first(record), c.rain(), rtol=1e-4, atol=1e-4)
    np.testing.assert_array_equal(record.rain["time"], c.ends())
    np.testing.assert_array_equal(record.bounds, np.stack([c.ends() - c.HOUR, c.ends()], 1))
    words, stamp = HOURLY[write]
    assert any(words in note for note in record.notes), record.notes
    assert record.stamp == stamp
    np.testing.assert_allclose(sorted(record.static["lat"][0, :, 0]), c.LAT[::-1], atol=1e-4)


def test_sums_of_the_day_are_differenced_and_midnight_belongs_to_the_day_before(tmp_path):
    record = open_record(c.era5_land(tmp_path))
    np.testing.assert_allclose(north_first(record), c.rain(72), atol=2e-3)
    assert any("every 24 h, from 00:00 UTC on" in note for note in record.notes)


def test_six_hourly_metres_with_small_negatives(tmp_path):
    record = open_record(c.weatherbench(tmp_path))
    want = c.rain()
    want[0, 0, 0] = 0
    with pytest.warns(DownbenchWarning, match="clipped rain as low as"):
        np.testing.assert_allclose(north_first(record), want, rtol=1e-4, atol=1e-5)


def test_a_series_of_groups_with_bounds(tmp_path):
    record = open_record(c.imerg(tmp_path))
    assert record.stamp == "start"
    assert record.bounds_stated
    np.testing.assert_array_equal(record.bounds[:, 1] - record.bounds[:, 0], np.full(6, c.HOUR / 2))
    got = north_first(record)
    assert np.isnan(got[:, 0]).all()  # the northernmost row is missing
    np.testing.assert_array_equal(got[:, 1:], c.rain()[:6, 1:])


def test_daily_rates_with_an_odd_standard_name(tmp_path):
    record = open_record(c.chirps(tmp_path), ReadingConfig(stamp="start"))
    got = north_first(record)
    assert np.isnan(got[:, -1, 0]).all()
    np.testing.assert_allclose(got[:, :-1], c.rain()[:, :-1], rtol=1e-5)
    assert record.bounds[0, 0] == record.rain["time"][0]


@pytest.mark.parametrize("write", [c.cmip6, c.cordex], ids=lambda write: write.__name__)
def test_climate_models_in_calendars_of_their_own(tmp_path, write):
    record = open_record(write(tmp_path))
    got, want = north_first(record), c.rain()
    valid = np.isfinite(got)
    assert valid[:, 1:].all()
    np.testing.assert_allclose(got[valid], want[valid], rtol=1e-4)
    assert not record.gaps
    if write is c.cmip6:
        assert record.stamp == "middle"
        assert not valid[:, 0, 0].any()


def test_days_from_nine_to_nine_in_a_file_a_month(tmp_path):
    record = open_record(c.haduk(tmp_path))
    np.testing.assert_allclose(north_first(record), c.rain(), rtol=1e-5)
    assert record.stamp == "middle"
    assert str(record.bounds[0, 0]) == "2020-02-20T09:00:00"
    assert any("by cell_methods" in note for note in record.notes)


def hardly_negative(folder, units="mm h-1", scale=1.0):
    """Rain with three values below zero, down to -0.005 mm/h in the frame of 02:00."""
    values = np.random.default_rng(3).gamma(0.5, 2, (6, 8, 8)).astype(np.float32)
    values[2, 3, 4], values[2, 3, 5], values[4, 1, 1] = -0.005, -0.002, -0.004
    rain = xr.Dataset(
        {"pr": (("time", "y", "x"), values * np.float32(scale), {"units": units})},
        {"time": ("time", np.arange(6.0), {"units": "hours since 2020-06-01"})},
    )
    rain.to_netcdf(folder / "rain.nc")
    return folder / "rain.nc", values


@pytest.mark.parametrize(("units", "scale", "own"), [("mm h-1", 1, "-0.005"), ("mm day-1", 24, "-0.12")])
def test_rain_hardly_below_zero_is_refused_with_the_setting_that_takes_it_as_dry(tmp_path, units, scale, own):
    path, values = hardly_negative(tmp_path, units, scale)
    with pytest.raises(UserError) as refused:
        open_record(path).rain.load()
    said = refused.value
    assert "rain of -0.005 mm/h at 2020-06-01T02:00:00, y = 3, x = 4, the lowest of 3 such" in said.message
    assert f"--set files.missing={own};" in said.hint
    setting = re.search(r"--set files.negative=(\S+) makes it zero", said.hint)
    record = open_record(path, ReadingConfig(negative=float(setting[1])))
    with pytest.warns(DownbenchWarning, match="clipped rain as low as -0.005 mm/h to zero"):
        got = record.rain.load()
    np.testing.assert_allclose(got[:, 0], np.where(values < 0, 0, values), rtol=1e-6)
    assert f"rain from {setting[1]} mm/h up to zero counts as dry, as set" in record.notes


def test_what_is_far_below_zero_is_no_noise(tmp_path):
    path, _ = hardly_negative(tmp_path, scale=250)
    with pytest.raises(UserError) as refused:
        open_record(path, ReadingConfig(negative=-1)).rain.load()
    assert "-1.25 mm/h" in refused.value.message
    assert "files.negative" not in refused.value.hint
    with pytest.raises(ValidationError):
        ReadingConfig(negative=-1.5)
