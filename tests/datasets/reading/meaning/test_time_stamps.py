"""Intervals by bounds, else by a setting; gaps one by one."""

from __future__ import annotations

from datetime import timedelta

import cftime
import conventions as c
import numpy as np
import pytest
import xarray as xr

from downbench import calendar_attributes, to_times
from downbench_datasets.reading.meaning.time_stamps import gaps_of, intervals_of


def frames(times, bounds=None, calendar="standard", files=None):
    none = np.full(len(times), np.datetime64("NaT", "s"))
    start, end = (none, none) if bounds is None else bounds.T
    return xr.DataArray(
        np.zeros(len(times)),
        dims="time",
        coords={
            "time": ("time", times, calendar_attributes(calendar)),
            "start": ("time", start),
            "end": ("time", end),
            "file": ("time", files or ["a.nc"] * len(times)),
        },
    )


@pytest.mark.parametrize(("stamp", "before"), [("start", 0), ("middle", 0.5), ("end", 1), (None, 1)])
def test_a_setting_says_where_times_stand(stamp, before):
    times = c.ends(5)
    got = intervals_of(frames(times), stamp)
    assert not got.stated
    assert got.stamp == (stamp or "end")
    np.testing.assert_array_equal(got.bounds[:, 0], times - np.timedelta64(int(3600 * before), "s"))
    np.testing.assert_array_equal(got.hours, 1)


@pytest.mark.parametrize(("stamp", "share"), [("start", 0), ("middle", 0.5), ("end", 1)])
def test_bounds_count_whatever_is_set(stamp, share):
    start = c.START + np.arange(4) * c.HOUR
    times = start + np.timedelta64(int(3600 * share), "s")
    got = intervals_of(frames(times, np.stack([start, start + c.HOUR], 1)), "end")
    assert got.stated
    assert got.stamp == stamp


@pytest.mark.parametrize(("times", "stamp", "first"), [
    (["2021-01-16", "2021-02-15", "2021-03-16", "2021-04-16"], "middle", ["2021-01-01", "2021-02-01"]),
    (["2021-01-01", "2021-02-01", "2021-03-01", "2021-04-01"], "start", ["2021-01-01", "2021-02-01"]),
    (["2021-02-01", "2021-03-01", "2021-04-01", "2021-05-01"], "end", ["2021-01-01", "2021-02-01"]),
    (["2021-01-31", "2021-02-28", "2021-03-31", "2021-04-30"], None, ["2021-01-01", "2021-02-01"]),
    (["2021-01-01", "2021-02-01", "2021-03-01", "2021-04-01"], None, ["2021-01-01", "2021-02-01"]),
])  # fmt: skip
def test_months_are_those_of_the_calendar(times, stamp, first):
    got = intervals_of(frames(np.array(times, "datetime64[s]")), stamp)
    np.testing.assert_array_equal(got.bounds[0], np.array(first, "datetime64[s]"))
    np.testing.assert_array_equal(got.hours / 24, [31, 28, 31, 30])


@pytest.mark.parametrize(
    ("first", "start"), [("2021-03-01T00", "2021-03-01T00"), ("2021-03-01T12", "2021-02-28T12")]
)
def test_the_date_of_a_day_means_that_day(first, start):
    """Without an hour; with one, as 12 UTC of gauges, the day ends there."""
    times = np.datetime64(first, "s") + np.arange(4) * np.timedelta64(86400, "s")
    assert intervals_of(frames(times), None).bounds[0, 0] == np.datetime64(start, "s")


@pytest.mark.parametrize(
    ("first", "hours", "begins"),
    [
        ("2021-03-01T00:30", 1, "2021-03-01T00:00"),
        ("2021-03-01T01:30", 3, "2021-03-01T00:00"),
        ("2021-03-01T01:00", 1, "2021-03-01T00:00"),
        ("2021-03-01T00:50", 1, "2021-02-28T23:50"),
        ("2021-03-01T00:15", 0.5, "2021-02-28T23:45"),
    ],
)
def test_half_hours_between_whole_steps_are_their_middle(first, hours, begins):
    """As in MERRA-2 and CESM; radar at other minutes stands at its end."""
    times = np.datetime64(first, "s") + np.arange(6) * np.timedelta64(int(3600 * hours), "s")
    assert intervals_of(frames(times), None).bounds[0, 0] == np.datetime64(begins, "s")


@pytest.mark.parametrize(
    ("calendar", "methods", "open_question"),
    [
        ("standard", "", True),
        ("standard", "time: sum", True),
        ("standard", "area: time: mean", False),
        ("noleap", "", False),
    ],
)
def test_days_at_noon_have_two_readings_but_in_climate_models(calendar, methods, open_question):
    """From noon to noon as gauges and Stage IV have them, or from 00 to 24 h as models have them."""
    times = np.datetime64("2021-03-01T12", "s") + np.arange(6) * np.timedelta64(86400, "s")
    got = intervals_of(frames(times, calendar=calendar).assign_attrs(cell_methods=methods), None)
    midnight = got.bounds if not open_question else got.other
    assert (got.other is not None) == open_question
    assert midnight[0, 0] == np.datetime64("2021-03-01", "s")
    assert ("nobody says" in got.note) == open_question
    settled = intervals_of(frames(times, calendar=calendar), "end")
    assert settled.other is None
    assert settled.bounds[0, 1] == times[0]


def dates_in(calendar, first, count, **step):
    """Times as the suite holds those of a calendar, by cftime."""
    start = cftime.datetime(*first, calendar=calendar)
    return to_times([start + timedelta(**step) * k for k in range(count)])


@pytest.mark.parametrize("calendar", ["360_day", "noleap", "all_leap", "julian"])
def test_days_of_every_calendar_are_meant_by_their_dates(calendar):
    """30 February has a moment of its own in ours; the date of that day means it all the same."""
    days = dates_in(calendar, (2016, 2, 25), 9, days=1)
    got = intervals_of(frames(days[:-1], calendar=calendar), None)
    assert got.stamp == "start"
    np.testing.assert_array_equal(got.bounds, np.stack([days[:-1], days[1:]], 1))
    ends = intervals_of(frames(days[1:], calendar=calendar), "end")
    np.testing.assert_array_equal(ends.bounds, got.bounds)


@pytest.mark.parametrize("stamp", ["start", "middle", None])
def test_months_of_thirty_days_are_months(stamp):
    """The middle of a 360-day month stands for this month, not from there to the middle of the next."""
    day = {"start": 1, "middle": 16, None: 16}[stamp]
    times = dates_in("360_day", (2016, 1, day), 14, days=30)
    got = intervals_of(frames(times, calendar="360_day"), stamp)
    firsts = np.arange("2016-01", "2017-04", dtype="datetime64[M]").astype("datetime64[s]")
    np.testing.assert_array_equal(got.bounds, np.stack([firsts[:-1], firsts[1:]], 1))
    np.testing.assert_array_equal(got.hours, 720)


def test_steps_of_thirty_days_are_no_months_of_our_calendar():
    times = np.datetime64("2016-01-16", "s") + np.arange(14) * np.timedelta64(30, "D")
    got = intervals_of(frames(times), None)
    np.testing.assert_array_equal(got.bounds[:, 1] - got.bounds[:, 0], np.timedelta64(30, "D"))


def test_a_single_frame_has_no_interval_but_by_bounds():
    one = np.array(["2021-01-01T01"], "datetime64[s]")
    assert intervals_of(frames(one), None) is None
    assert intervals_of(frames(one, np.stack([one - 3 * c.HOUR, one], 1)), None).hours.tolist() == [3]


def test_gaps_are_told_one_by_one_with_dates_and_files():
    kept = [0, 1, 2, 5, 6, 7, 8, 10, 11]
    files = ["a.nc"] * 3 + ["b.nc"] * 6
    first, second = gaps_of(frames(c.ends(12)[kept], files=files))
    assert first.steps == 2
    assert first.text == "2020-03-01T03:00 to 2020-03-01T06:00 (2 steps missing, between a.nc and b.nc)"
    assert second.text == "2020-03-01T09:00 to 2020-03-01T11:00 (1 step missing)"


def test_gaps_are_told_in_the_calendar_of_the_file():
    """28 February to 1 March is a day in noleap, three in 360_day."""
    times = np.array(["2020-02-26", "2020-02-27", "2020-02-28", "2020-03-01", "2020-03-02"], "datetime64[s]")
    assert gaps_of(frames(times, calendar="noleap")) == ()
    (gap,) = gaps_of(frames(times, calendar="360_day"))
    assert gap.steps == 2


@pytest.mark.parametrize(("stamp", "first", "last"), [("start", 10, 8), ("end", 10, 11)])
def test_dekads_are_as_long_as_they_are(stamp, first, last):
    """From 1 January to 21 February 2001: the third dekad of January has 11 days, that of February 8."""
    days = ["2001-01-01", "2001-01-11", "2001-01-21", "2001-02-01", "2001-02-11", "2001-02-21", "2001-03-01"]
    got = intervals_of(frames(np.array(days, "datetime64[s]")), stamp)
    lengths = (got.hours / 24).tolist()
    assert lengths[0] == first
    assert sorted(lengths)[0] == 8
    assert max(lengths) == 11
    assert lengths[5 if stamp == "start" else 3] == last
    assert not gaps_of(frames(np.array(days, "datetime64[s]")))


def test_dekads_that_are_dated_by_their_first_day_begin_there():
    """As CHIRPS dates them; those that are dated by their last day end there."""
    days = ["2001-01-01", "2001-01-11", "2001-01-21", "2001-02-01", "2001-02-11", "2001-02-21", "2001-03-01"]
    got = intervals_of(frames(np.array(days, "datetime64[s]")), None)
    assert got.stamp == "start"
    assert (got.hours / 24).tolist()[:6] == [10, 10, 11, 10, 10, 8]
    last = ["2001-01-10", "2001-01-20", "2001-01-31", "2001-02-10", "2001-02-20", "2001-02-28", "2001-03-10"]
    assert intervals_of(frames(np.array(last, "datetime64[s]")), None).stamp == "end"


def test_bounds_of_other_times_do_not_count_and_a_note_says_so():
    """Bounds without units inherit those of the times, even where they were counted from another date."""
    times = c.ends(5)
    bounds = np.stack([times - c.HOUR, times], 1)
    got = intervals_of(frames(times, bounds + np.timedelta64(36525, "D")), None)
    assert not got.stated
    np.testing.assert_array_equal(got.bounds, bounds)
    assert "876599 h beside the times, and do not count" in got.note
    assert intervals_of(frames(times, bounds + c.HOUR), None).stated
    day = np.timedelta64(1, "D")
    dated = np.datetime64("2021-03-01", "s") + np.arange(4) * day
    nine = np.stack([dated - 15 * c.HOUR, dated + 9 * c.HOUR], 1)
    for moved in (nine, nine + day):  # 09 to 09 UTC, dated by the day of its beginning or of its end
        np.testing.assert_array_equal(intervals_of(frames(dated, moved), None).bounds, moved)
