"""Times that are not CF numbers: text, numbers that spell a date, and units that only some tools write."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import cftime
import numpy as np
from numpy.typing import NDArray

# year, month, day, and a time of day as far as it is said
MOMENT = re.compile(
    r"(?<!\d)(\d{4})[-._/]?(0[1-9]|1[0-2])[-._/]?(0[1-9]|[12]\d|3[01])"
    r"(?:[T_\-. ]?S?([01]\d|2[0-3])(?::?([0-5]\d)(?::?([0-5]\d))?)?)?(?!\d)"
)
_TEXT = re.compile(rf"{MOMENT.pattern}(?:\.\d+)?\s*(?:Z|UTC|GMT)?", re.I)
_SPELLED = re.compile(r"^(day as )?%?Y+%?m+%?d+(\.%f|%?h*%?(m|min)*%?s*)?$", re.I)
_FIRST, _LAST = 1000_01_01, 9999_12_31  # dates that numbers may spell
_SINCE = re.compile(r"^\s*(\S+)\s+since\s+(.+?)\s*$", re.I)
_YEAR_ALONE = re.compile(r"(?<=since )\s*(\d{4})\s*$")  # since 2000
_YEAR_LAST = re.compile(r"^\d{1,2}[-/.]\d{1,2}[-/.]\d{4}")
_ZONE = re.compile(
    r"(?<=\d:\d\d)(:\d\d(?:\.\d*)?)?\s*([+-])(\d{1,2})(?::?(\d\d))?$"
)  # as cftime wants it: +05:00
_NAMED_ZONE = re.compile(r"\d\s*([A-Za-z]+)$")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CALENDARS = {
    "": "standard",
    "gregorian": "standard",
    "none": "standard",
    "360": "360_day",
    "365": "noleap",
    "no_leap": "noleap",
    "366": "all_leap",
    "gregorian_proleptic": "proleptic_gregorian",
}


def usual_calendar(name: str) -> str:
    """The name that CF has for a calendar, of names that are seen."""
    plain = name.strip().lower()
    return _CALENDARS.get(plain, plain)


def dates_of(values: NDArray[Any], units: str, calendar: str) -> list[cftime.datetime]:
    """Dates of undecoded times, in order, whatever says them.

    Args:
        values: numbers since a moment, numbers that spell dates (``20010601``), or text.
        units: as the file has them, ``""`` for none.
        calendar: of the dates, by its CF name.

    Raises:
        ValueError: no dates.
    """
    flat = np.ravel(values)
    units = _YEAR_ALONE.sub(r"\1-01-01", units)
    if flat.dtype.kind in "SUOT":
        return [_in_utc(_text(value), calendar) for value in flat.tolist()]
    if not np.isfinite(flat).all():
        raise ValueError("a time is missing")
    if _spells_dates(flat, units):
        return [_spelled(value, calendar) for value in flat.tolist()]
    if not units.strip():
        raise ValueError("numbers without units, which are no dates either")
    numbers, plain = _usual(flat, units)
    if re.match(r"weeks? since ", plain):
        numbers, plain = numbers * 7.0, re.sub(r"^\w+", "days", plain)
    if (months := re.match(r"(months?|years?) since ", plain)) and calendar != "360_day":
        return _in_months(numbers, plain, 12 if months[1].startswith("y") else 1, calendar)
    dates = cftime.num2date(numbers, plain, calendar, only_use_cftime_datetimes=True)
    return list(np.ma.getdata(dates))


def _text(value: Any) -> str:
    return (value.decode("ascii", "replace") if isinstance(value, bytes) else str(value)).strip("\0 ")


def _date(pattern: re.Pattern[str], text: str, calendar: str) -> cftime.datetime:
    match = pattern.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no date")
    return cftime.datetime(*(int(part or 0) for part in match.groups()), calendar=calendar)


def _in_utc(text: str, calendar: str) -> cftime.datetime:
    """The moment in UTC of a date as text, which may end in the offset of another zone (``+02:00``)."""
    zone = _ZONE.search(text)
    if zone is None:
        return _date(_TEXT, text, calendar)
    seconds, sign, hours, minutes = zone.groups()
    offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
    local = _date(_TEXT, f"{text[: zone.start()]}{seconds or ''}", calendar)
    return local + offset if sign == "-" else local - offset


def _spells_dates(values: NDArray[Any], units: str) -> bool:
    if units.strip():
        return bool(_SPELLED.match(units.strip()))
    days = values // 10 ** np.maximum(np.floor(np.log10(np.maximum(values, 1))) - 7, 0)
    return bool((days == np.floor(days)).all() and (days >= _FIRST).all() and (days <= _LAST).all())


def _spelled(value: float, calendar: str) -> cftime.datetime:
    """The date of 20010601, 2001060112, 200106011230 or 20010601.5 (half past the day)."""
    whole = int(value)
    digits = str(whole)
    digits += "0" * (-len(digits) % 2)
    date = _date(MOMENT, digits, calendar)
    return date + timedelta(days=float(value) - whole)


def _usual(values: NDArray[Any], units: str) -> tuple[NDArray[Any], str]:
    """The same times in units that cftime reads."""
    match = _SINCE.match(units)
    if match is None:
        return values, units
    unit, since = match[1].lower(), _usual_date(match[2])
    if unit.startswith("nanosec") or unit == "ns":
        values, unit = values // 1000 if values.dtype.kind in "iu" else values / 1000, "microseconds"
    return values, f"{unit} since {since}"


def _usual_date(text: str) -> str:
    """2001/06/01, 20010601 and 01-JUN-2001 as 2001-06-01, with what stands behind them.

    Raises:
        ValueError: day and month cannot be told apart, or a time zone that is known by a name only.
    """
    if _YEAR_LAST.match(text):
        raise ValueError(f"{text!r} may begin with a day or with a month")
    zone = _NAMED_ZONE.search(text)
    if zone and zone[1].upper() not in ("Z", "UTC", "GMT"):
        raise ValueError(f"the time zone {zone[1]!r} has no certain offset")
    text = _ZONE.sub(_with_offset, text)
    text = re.sub(r"^(\d{4})/(\d{1,2})/(\d{1,2})", r"\1-\2-\3", text)
    text = re.sub(r"^(\d{4})(\d\d)(\d\d)(?!\d)", r"\1-\2-\3", text)
    named = re.match(r"^(\d{1,2})-([A-Za-z]{3})-(\d{4})", text)
    if named and named[2].lower() in _MONTHS:
        month = _MONTHS.index(named[2].lower()) + 1
        text = f"{named[3]}-{month:02d}-{int(named[1]):02d}{text[named.end() :]}"
    return text


def _with_offset(zone: re.Match[str]) -> str:
    seconds, sign, hours, minutes = zone.groups()
    return f"{seconds or ''}{sign}{int(hours):02d}:{minutes or '00'}"


def _in_months(numbers: NDArray[Any], units: str, each: int, calendar: str) -> list[cftime.datetime]:
    """Calendar months since a date; a part of one is that part of the month it lies in.

    cftime takes months of 360-day years only, UDUNITS a twelfth of a mean year; files mean calendar months.
    """
    origin = cftime.num2date(0, re.sub(r"^\w+", "days", units), calendar)
    return [_months_after(origin, float(number) * each) for number in numbers.tolist()]


def _months_after(origin: cftime.datetime, months: float) -> cftime.datetime:
    whole = int(np.floor(months))
    year, month = divmod(origin.year * 12 + origin.month - 1 + whole, 12)
    start = origin.replace(year=year, month=month + 1)
    after = origin.replace(year=year + (month + 1) // 12, month=(month + 1) % 12 + 1)
    return start + (after - start) * (months - whole)


def moment_in(texts: Iterable[str]) -> np.datetime64 | None:
    """The first date with its time of day that texts such as names of files hold, None where none does."""
    for text in texts:
        if (match := MOMENT.search(text)) is not None:
            year, month, day, *clock = match.groups()
            hour, minute, second = (part or "00" for part in clock)
            try:
                return np.datetime64(f"{year}-{month}-{day}T{hour}:{minute}:{second}", "s")
            except ValueError:
                continue
    return None
