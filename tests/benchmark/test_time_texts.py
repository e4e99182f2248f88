"""Times as text, as digits, and in units that only some tools write."""

from __future__ import annotations

import numpy as np
import pytest

from downbench import to_times
from downbench.time_texts import dates_of, moment_in, usual_calendar

NOON = np.datetime64("2001-06-02T12:00:00", "s")


@pytest.mark.parametrize(
    ("value", "units"),
    [
        ("2001-06-02T12:00:00Z", ""),
        ("2001-06-02T12:00:00.000000000", ""),
        ("2001-06-02 12:00:00+00:00", ""),
        (b"2001-06-02_12:00:00", ""),
        ("2001-06-02T14:00:00+02:00", ""),
        ("2001-06-02 06:30:00.000-0530", ""),
        ("2001-06-02T23:00+11", ""),
        ("20010602T120000Z", ""),
        ("200106021200", ""),
        (2001060212, ""),
        (200106021200, ""),
        (2001060212, "YYYYMMDDHH"),
        (20010602.5, "day as %Y%m%d.%f"),
        (36, "hours since 2001/06/01 00:00:00"),
        (36, "hours since 20010601"),
        (31, "hours since 2001-06-01 00:00:00 -5:00"),  # CF 4.4 writes an hour so
        (31, "hours since 2001-06-01 00:00-5"),
        (38.5, "hours since 2001-06-01T00:00:00.0 +0230"),
        (36, "hours since 2001-06-01 00:00:00 UTC"),
        (152.5, "days since 2001"),
        (36, "hours since 01-JUN-2001 00:00:00"),
        (991483200 * 10**9, "nanoseconds since 1970-01-01"),
        (1.5, "Days since 2001-06-01"),
        (0.5, "weeks since 2001-05-30"),
    ],
)
def test_one_moment_in_many_spellings(value, units):
    assert to_times(dates_of(np.array([value]), units, "standard"))[0] == NOON


def test_months_are_those_of_the_calendar():
    dates = dates_of(np.array([0, 1, 2.5]), "months since 1960-01-01", "standard")
    assert [str(date) for date in dates] == [
        "1960-01-01 00:00:00",
        "1960-02-01 00:00:00",
        "1960-03-16 12:00:00",
    ]
    assert str(dates_of(np.array([2.0]), "years since 1960-03-01", "noleap")[0]) == "1962-03-01 00:00:00"


def test_text_has_the_days_of_its_calendar():
    assert dates_of(np.array(["2001-02-30"]), "", "360_day")[0].day == 30


@pytest.mark.parametrize(
    ("value", "units"),
    [
        ("yesterday", ""),
        (12.5, ""),
        (3, "fortnights"),
        (np.nan, ""),
        (3, "hours since 01-02-2020"),  # cftime would take the first for a year
        (3, "hours since 1/2/2020 00:00"),
        (3, "hours since 2020-01-02 00:00:00 EST"),
    ],
)
def test_what_is_no_date_is_refused(value, units):
    with pytest.raises(ValueError, match=r".+"):
        dates_of(np.array([value]), units, "standard")


def test_numbers_without_units_are_called_so():
    with pytest.raises(ValueError, match="numbers without units"):
        dates_of(np.arange(3), "", "standard")


def test_names_of_calendars_and_dates_in_names():
    assert [usual_calendar(name) for name in ("360", "NO_LEAP", "")] == ["360_day", "noleap", "standard"]
    assert moment_in(["20200131-S013000-E015959.V07B.tif"]) == np.datetime64("2020-01-31T01:30")
    assert moment_in(["v2.0.2020.01.31.tif"]) == np.datetime64("2020-01-31")
    assert moment_in(["rain_12345678901.nc", "no date"]) is None
