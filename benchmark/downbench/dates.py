"""Dates of any CF calendar as ``datetime64[s]``, with what only the calendar knows: elapsed time and gaps.

The suite holds times as ``datetime64``, whose calendar is the proleptic Gregorian one. A date of another
calendar keeps its year, month, day and time of day wherever ours has that day, so that seasons and days of
the year are right. Days at the end of February that ours lacks (30 February of ``360_day``, 29 February of a
Julian 1900) share the time from 28 February on with those that it has; whole minutes come back exactly.
The coordinate ``time`` names its calendar in the attribute ``date_calendar``, unless it is the standard one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, NamedTuple

import cftime
import numpy as np
import xarray as xr
from numpy.typing import NDArray

from downbench.errors import UserError

Times = NDArray[np.datetime64]
STANDARD = "standard"
ATTRIBUTE = "date_calendar"
_REFORM = np.datetime64("1582-10-15", "s")  # standard and proleptic Gregorian dates are the same from here on
_DAY = 86400  # s
_SHORTEST_MONTH = 28 * _DAY
_SHORTEST_PART = 5 * _DAY  # of a month that counts as a step: pentads
_MOST_PARTS = 6
_MONTH = 2629746  # s, the twelfth of a year
_SHARED_FROM = 28  # day of February from which days share the time that there is
_DATE = re.compile(r"(\d{1,5})(?:-(\d{1,2})(?:-(\d{1,2})(?:[T ](\d{1,2})(?::(\d{2})(?::(\d{2}))?)?)?)?)?Z?")
_DATE_HINT = "write 2020-06-01 or 2020-06-01T12:00"
_SECONDS = {1: 0, 2: 0, 3: 86400, 4: 3600, 5: 60, 6: 1}  # by the number of parts of a date
_HALF_SECOND = timedelta(milliseconds=500)


class Spacing(NamedTuple):
    """How frames follow each other: their usual step, the shortest one that counts as it, and the gaps.

    ``gaps`` are the indices of frames that do not follow the frame before them in one step.
    """

    step: np.timedelta64
    shortest: np.timedelta64
    gaps: NDArray[np.int64]


def calendar_of(times: xr.DataArray) -> str:
    """Calendar of a time coordinate of the suite."""
    return str(times.attrs.get(ATTRIBUTE, STANDARD))


def calendar_attributes(calendar: str) -> dict[str, str]:
    """Attributes by which a time coordinate names its calendar."""
    return {} if calendar == STANDARD else {ATTRIBUTE: calendar}


def to_times(dates: Iterable[cftime.datetime]) -> Times:
    """Dates of one calendar, rounded to the second, as ``datetime64[s]``."""
    rounded = [date + _HALF_SECOND for date in dates]
    fields = np.array([(d.year, d.month, d.day, d.hour, d.minute, d.second) for d in rounded], np.int64)
    year, month, day, hour, minute, second = fields.reshape(-1, 6).T
    months = (12 * (year - 1970) + month - 1).astype("datetime64[M]")
    elapsed = (day - 1) * _DAY + hour * 3600 + minute * 60 + second  # since the month's beginning
    shared = (month == 2) & (day >= _SHARED_FROM)
    before = (_SHARED_FROM - 1) * _DAY
    for i in np.flatnonzero(shared):
        theirs, ours = _shared_days(rounded[i]), _ours(int(year[i]))
        if theirs > ours:
            elapsed[i] = before + (elapsed[i] - before) * ours // theirs
    return months.astype("datetime64[s]") + elapsed.astype("timedelta64[s]")


def to_dates(times: Times, calendar: str) -> list[cftime.datetime]:
    """Dates of a calendar that :func:`to_times` made these times of."""
    times = np.asarray(times, "datetime64[s]").ravel()
    months = times.astype("datetime64[M]")
    elapsed = (times - months).astype(np.int64)
    index = months.astype(np.int64)
    years, month = index // 12 + 1970, index % 12 + 1
    before = (_SHARED_FROM - 1) * _DAY
    made = []
    for year, number, seconds in zip(years.tolist(), month.tolist(), elapsed.tolist(), strict=True):
        first = cftime.datetime(year, number, 1, calendar=calendar)
        if number == 2 and seconds >= before:
            theirs, ours = _shared_days(first), _ours(year)
            if theirs > ours:
                seconds = before - (before - seconds) * theirs // ours  # rounds up
        made.append(first.replace(day=seconds // _DAY + 1) + timedelta(seconds=seconds % _DAY))
    return made


def _shared_days(date: cftime.datetime) -> int:
    """Days from 28 February to the end of that month, in the date's own calendar."""
    return int(cftime.datetime(date.year, 2, 1, calendar=date.calendar).daysinmonth) - _SHARED_FROM + 1


def _ours(year: int) -> int:
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 2 if leap else 1


def date_text(time: np.datetime64, calendar: str = STANDARD) -> str:
    """A date as its own calendar writes it: ``2001-02-30T12:00:00``."""
    if _is_ours(np.asarray([time], "datetime64[s]"), calendar):
        return str(time.astype("datetime64[s]"))
    return str(to_dates(np.asarray([time]), calendar)[0].isoformat(timespec="seconds"))


def hours_of_day(times: Times, calendar: str = STANDARD) -> NDArray[np.int64]:
    """The hour of the day, 0 to 23, that each time has in its own calendar."""
    times = np.asarray(times, "datetime64[s]")
    hours: NDArray[np.int64] = times.astype("datetime64[h]").astype(np.int64) % 24
    shared = times.astype("datetime64[M]").astype(np.int64) % 12 == 1
    if shared.any() and not _is_ours(times, calendar):  # days at the end of February may have other hours
        hours[shared] = [date.hour for date in to_dates(times[shared], calendar)]
    return hours


def _is_ours(times: Times, calendar: str) -> bool:
    """Whether times of this calendar are elapsed time as they stand."""
    after_reform = not len(times) or bool(times.min() >= _REFORM)
    return calendar == "proleptic_gregorian" or (calendar == STANDARD and after_reform)


def elapsed_seconds(times: Times, calendar: str = STANDARD) -> NDArray[np.int64]:
    """Seconds since some moment, as the calendar counts them."""
    times = np.asarray(times, "datetime64[s]")
    if _is_ours(times, calendar):
        return times.astype(np.int64)
    numbers = cftime.date2num(to_dates(times, calendar), "seconds since 1970-01-01", calendar)
    return np.asarray(numbers).astype(np.int64)


def moved_times(times: Times, seconds: int, calendar: str = STANDARD) -> Times:
    """Times that are so many seconds later (or earlier, where negative), as the calendar counts them."""
    times = np.asarray(times, "datetime64[s]")
    span = np.timedelta64(seconds, "s")
    if _is_ours(np.append(times, times + span), calendar):
        return times + span
    moved = [date + timedelta(seconds=seconds) for date in to_dates(times, calendar)]
    return to_times(moved).reshape(times.shape)


def spacing(times: Times, calendar: str = STANDARD) -> Spacing:
    """Step and gaps of a record, in days of its calendar, or in months or dekads where these are even.

    Args:
        times: (n,), at least two, rising.
        calendar: of these times.
    """
    steps = np.diff(elapsed_seconds(times, calendar))
    usual = _most_frequent(steps)
    gaps = np.flatnonzero(steps != usual) + 1
    shortest = usual
    if len(gaps) and usual >= _SHORTEST_MONTH:
        months = np.diff(np.asarray(times, "datetime64[M]").astype(np.int64)).astype(np.int64)
        count = _most_frequent(months)
        regular = np.asarray(months == count)
        if count > 0 and (~regular).sum() < len(gaps):
            gaps = np.flatnonzero(~regular) + 1
            usual, shortest = count * _MONTH, int(steps[regular].min())
    elif len(gaps) and usual >= _SHORTEST_PART:
        index, parts = _parts_of_months(times)
        regular = np.asarray(np.diff(index) == 1)
        if parts > 1 and (~regular).sum() < len(gaps):
            gaps = np.flatnonzero(~regular) + 1
            usual, shortest = _MONTH // parts, int(steps[regular].min())
    return Spacing(_seconds(usual), _seconds(shortest), gaps)


def _parts_of_months(times: Times) -> tuple[NDArray[np.int64], int]:
    """Numbers of the parts of months, such as dekads, that times are of, and how many a month has, or 0."""
    times = np.asarray(times, "datetime64[s]")
    months = times.astype("datetime64[M]")
    days, part = np.unique((times - months).astype("timedelta64[D]"), return_inverse=True)
    parts = len(days) if len(days) <= _MOST_PARTS else 0
    return months.astype(np.int64) * parts + part, parts


def _most_frequent(values: NDArray[np.int64]) -> int:
    distinct, counts = np.unique(values, return_counts=True)
    return int(distinct[counts.argmax()])


def _seconds(number: Any) -> np.timedelta64:
    return np.timedelta64(int(number), "s")


def date_limits(option: str, text: str, calendar: str = STANDARD) -> tuple[np.datetime64, np.datetime64]:
    """First moment of a date, and the first one after it: a year, month, day, hour, minute or second.

    Args:
        option: that the date was given for, for messages.
        text: ``2020``, ``2020-06``, ``2020-06-01``, ``2020-06-01T12:00``.
        calendar: that it is a date of.

    Raises:
        UserError: it is none.
    """
    match = _DATE.fullmatch(text.strip())
    parts = [int(part) for part in match.groups() if part is not None] if match else []
    if not parts:
        raise UserError(f"{option} {text!r} is not a date", _DATE_HINT)
    try:
        date = cftime.datetime(*parts, *(1, 1)[len(parts) - 1 :], calendar=calendar)
    except ValueError as error:
        raise UserError(f"{option} {text!r} is not a date of the calendar {calendar}", str(error)) from None
    after = date + timedelta(seconds=_SECONDS[len(parts)])
    if len(parts) < 3:  # years and months differ in length
        year, month = parts[0], parts[1] if len(parts) == 2 else 12
        after = cftime.datetime(year + month // 12, month % 12 + 1, 1, calendar=calendar)
    first, last = to_times([date, after])
    return first, last


def undecoded(fields: xr.Dataset) -> xr.Dataset:
    """A dataset in memory as a file of it is opened without decoding times, bounds in the unit of times."""
    bare = fields.drop_encoding()
    for variable in bare.variables.values():
        if variable.dtype.kind in "MO":
            variable.encoding["units"] = "seconds since 1970-01-01"
    variables, attributes = xr.conventions.cf_encoder(dict(bare.variables), bare.attrs)
    return xr.Dataset(variables, attrs=attributes).set_coords(list(map(str, fields.coords)))
