"""Forecasts of one start, of leads under other names, and those that overlap."""

from __future__ import annotations

import conventions as c
import numpy as np
import pytest
import xarray as xr

from downbench import UserError
from downbench_datasets.reading.forecasts import leads_as_times
from downbench_datasets.reading.open_record import open_record

RAIN = c.rain(12)
SINCE = {"units": "hours since 2020-03-01"}


def one_start(units: str, each: float, start: str = "time", lead: str = "step") -> xr.Dataset:
    """A forecast of twelve hours as a tool writes it: its start a single value, totals on leads."""
    totals = RAIN.astype(float).cumsum(0)
    attrs = {"units": "kg m**-2", "GRIB_stepType": "accum"}
    fields = {"tp": ((lead, "latitude", "longitude"), totals, attrs)}
    lines = {
        start: ((), 0, SINCE),
        lead: (lead, (np.arange(1, 13) * each).astype(np.int64), {"units": units}),
        "latitude": ("latitude", c.LAT, {"units": "degrees_north"}),
        "longitude": ("longitude", c.LON, {"units": "degrees_east"}),
    }
    return xr.Dataset(fields, lines)


@pytest.mark.parametrize(
    ("units", "each", "start", "lead"),
    [
        ("hours", 1, "time", "step"),
        ("nanoseconds", 3.6e12, "time", "step"),
        ("minutes", 60, "init_time", "lead_time"),
        ("seconds", 3600, "forecast_reference_time", "forecast_period"),
        ("hours", 1, "time", "prediction_timedelta"),
        ("hours", 1, "initialization_time", "forecast_time"),
        ("hours", 1, "init", "fhour"),
    ],
)
def test_leads_from_a_single_start_become_times(tmp_path, units, each, start, lead):
    record = open_record(c.write(one_start(units, each, start, lead), tmp_path / "a.nc"))
    np.testing.assert_array_equal(record.rain["time"], c.ends(12))
    np.testing.assert_allclose(record.rain[:, 0], RAIN, atol=1e-3)


def test_leads_and_starts_of_any_name_are_known_by_their_standard_names(tmp_path):
    data = one_start("hours", 1, "anfang", "frist")
    data["anfang"].attrs["standard_name"] = "forecast_reference_time"
    data["frist"].attrs["standard_name"] = "forecast_period"
    record = open_record(c.write(data, tmp_path / "a.nc"))
    np.testing.assert_array_equal(record.rain["time"], c.ends(12))
    np.testing.assert_allclose(record.rain[:, 0], RAIN, atol=1e-3)


def test_moments_that_are_called_like_leads_are_times(tmp_path):
    data = c.lat_lon(RAIN, "pr", {"units": "mm/h"}, c.ends(12), "hours since 2020-03-01")
    path = c.write(data.rename(time="forecast_time"), tmp_path / "a.nc")
    np.testing.assert_array_equal(open_record(path).rain["time"], c.ends(12))


def test_the_time_of_one_lead_is_the_time_that_is_forecast(tmp_path):
    data = c.lat_lon(RAIN, "pr", {"units": "mm/h"}, c.ends(12), "hours since 2020-03-01")
    later = (["time"], data["time"].to_numpy() + 6, dict(data["time"].attrs))
    path = c.write(data.assign_coords(step=6.0, valid_time=later), tmp_path / "a.nc")
    expected = c.ends(12) + np.timedelta64(6, "h")
    np.testing.assert_array_equal(open_record(path).rain["time"], expected)


def test_forecasts_that_overlap_are_refused_with_the_first_moment():
    starts = xr.DataArray([0, 1], dims="time", attrs=SINCE)
    data = xr.Dataset({"pr": (("time", "step"), np.ones((2, 2)))}, {"time": starts, "step": [1, 2]})
    with pytest.raises(UserError, match=r"1 moments are forecast more than once.*2020-03-01T02:00"):
        leads_as_times(data, "here")


@pytest.mark.parametrize(
    ("lead", "hours"), [("step", True), ("forecast_hour", True), ("fhr", True), ("lead", False)]
)
def test_leads_without_units_are_hours_only_where_the_name_says_so(lead, hours):
    """Leads of seasonal forecasts are days; taken for hours, a month would be a day and a bit."""
    data = one_start("hours", 1, lead=lead)
    del data[lead].attrs["units"]
    if hours:
        leads_as_times(data, "here")
    else:
        with pytest.raises(UserError, match=r"leads 'lead' have no units\n.*hours or days"):
            leads_as_times(data, "here")
