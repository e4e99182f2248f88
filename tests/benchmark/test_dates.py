"""Dates of any calendar as datetime64 and back, against cftime."""

from __future__ import annotations

from datetime import timedelta

import cftime
import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from downbench.dates import (
    calendar_attributes,
    calendar_of,
    date_text,
    elapsed_seconds,
    hours_of_day,
    moved_times,
    spacing,
    to_dates,
    to_times,
)

CALENDARS = ("standard", "proleptic_gregorian", "noleap", "all_leap", "360_day", "julian")
DAY = np.timedelta64(1, "D")


def dates(numbers, reference, calendar, unit="days"):
    return cftime.num2date(
        np.asarray(numbers), f"{unit} since {reference}", calendar, only_use_cftime_datetimes=True
    )


@settings(deadline=None, max_examples=60)
@given(
    calendar=st.sampled_from(CALENDARS),
    year=st.integers(1, 9998),
    hours=st.sampled_from([1, 3, 6, 24, 120]),
    start=st.integers(0, 24 * 360),
)
def test_dates_come_back_in_order_and_evenly_spaced(calendar, year, hours, start):
    theirs = dates(start + np.arange(120) * hours, f"{year:04}-01-01", calendar, "hours")
    times = to_times(theirs)
    assert to_dates(times, calendar) == list(theirs)
    assert (np.diff(times) > np.timedelta64(0)).all()
    found = spacing(times, calendar)
    assert found.step == found.shortest == np.timedelta64(hours, "h")
    assert not len(found.gaps)


def test_dates_keep_their_names_where_our_calendar_has_them():
    theirs = dates(np.arange(720), "2001-01-01", "360_day")
    times = to_times(theirs)
    for date, time in zip(theirs, times, strict=True):
        if (date.month, date.day) not in ((2, 28), (2, 29), (2, 30)):
            assert str(time)[:10] == date.strftime("%Y-%m-%d")
        assert (time.astype("datetime64[M]").astype(int) % 12) + 1 == date.month
    assert date_text(times[59], "360_day") == "2001-02-30T00:00:00"


def test_a_julian_29_february_that_gregory_left_out():
    theirs = dates([0, 1, 2], "1900-02-28", "julian")
    assert [date_text(time, "julian")[:10] for time in to_times(theirs)] == [
        "1900-02-28",
        "1900-02-29",
        "1900-03-01",
    ]


@pytest.mark.parametrize(
    ("calendar", "days"), [("standard", 2), ("noleap", 1), ("360_day", 3), ("julian", 2)]
)
def test_time_elapses_by_the_calendar(calendar, days):
    times = np.array(["2004-02-28", "2004-03-01"], "datetime64[s]")
    assert np.diff(elapsed_seconds(times, calendar)).tolist() == [days * 86400]


def test_the_days_that_the_reform_of_1582_left_out_have_not_elapsed():
    times = np.array(["1582-10-04", "1582-10-15"], "datetime64[s]")
    assert np.diff(elapsed_seconds(times, "standard")).tolist() == [86400]
    assert np.diff(elapsed_seconds(times, "proleptic_gregorian")).tolist() == [11 * 86400]


@pytest.mark.parametrize("calendar", ["standard", "noleap", "360_day"])
@pytest.mark.parametrize("day", [1, 15, 28])
@pytest.mark.parametrize("months", [1, 3, 12])
def test_months_and_years_are_even_although_their_lengths_differ(calendar, day, months):
    theirs = [
        cftime.datetime(1999 + k // 12, k % 12 + 1, day, calendar=calendar) for k in range(0, 240, months)
    ]
    found = spacing(to_times(theirs), calendar)
    assert not len(found.gaps)
    assert abs(found.step - months * np.timedelta64(30, "D")) < months * DAY
    assert found.shortest >= months * 28 * DAY


def test_a_month_that_is_missing_is_a_gap():
    kept = [k for k in range(48) if k not in (20, 21)]
    times = to_times([cftime.datetime(2000 + k // 12, k % 12 + 1, 16, calendar="standard") for k in kept])
    assert spacing(times).gaps.tolist() == [20]


def test_a_day_that_is_missing_is_a_gap_in_any_calendar():
    for calendar in CALENDARS:
        times = to_times(dates(np.delete(np.arange(800), [58, 59, 400]), "2003-01-01", calendar))
        assert spacing(times, calendar).gaps.tolist() == [58, 398]


def test_the_coordinate_names_its_calendar():
    for calendar in CALENDARS:
        axis = xr.DataArray([0], dims="time", attrs=calendar_attributes(calendar))
        assert calendar_of(axis) == calendar


@pytest.mark.parametrize("calendar", CALENDARS)
def test_hours_of_the_day_are_those_of_the_calendar(calendar: str) -> None:
    """Also at the end of a February that the suite's own calendar cuts short."""
    made = [
        cftime.datetime(year, 2, 26, hour, calendar=calendar) + timedelta(days=day)
        for year in (1900, 2000, 2001)
        for day in range(6)
        for hour in range(0, 24, 3)
    ]
    assert hours_of_day(to_times(made), calendar).tolist() == [date.hour for date in made]


@pytest.mark.parametrize(
    "days", [(1, 11, 21), (1, 16), (1, 6, 11, 16, 21, 26)], ids=["dekads", "halves", "pentads"]
)
def test_parts_of_months_follow_each_other_and_a_missing_one_is_a_gap(days):
    months = np.arange("2000-01", "2004-01", dtype="datetime64[M]").astype("datetime64[D]")
    times = (months[:, None] + (np.array(days) - 1) * DAY).ravel().astype("datetime64[s]")
    assert not len(spacing(times).gaps)
    assert spacing(times).step == np.timedelta64(2629746 // len(days), "s")
    assert spacing(np.delete(times, 20)).gaps.tolist() == [20]


def test_a_record_of_every_fifth_day_has_no_parts_of_months():
    times = np.arange("2000-01-01", "2004-01-01", 5, dtype="datetime64[D]").astype("datetime64[s]")
    assert not len(spacing(times).gaps)
    assert spacing(np.delete(times, 20)).gaps.tolist() == [20]


@pytest.mark.parametrize("calendar", ["standard", "360_day", "noleap", "all_leap", "julian"])
@pytest.mark.parametrize("seconds", [3600, -86400, 30 * 86400])
def test_moved_times_are_those_of_cftime(calendar: str, seconds: int) -> None:
    """Over the end of February of a leap year, where calendars differ."""
    dates = [cftime.datetime(2016, 2, 20, calendar=calendar) + timedelta(hours=6 * k) for k in range(80)]
    expected = to_times([date + timedelta(seconds=seconds) for date in dates])
    np.testing.assert_array_equal(moved_times(to_times(dates), seconds, calendar), expected)
