"""The interval that each frame stands for: by bounds in the file, else by where the time stands in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from downbench import calendar_of, date_text, elapsed_seconds, moved_times, spacing
from downbench_datasets.reading.settings import option

Times = NDArray[np.datetime64]
_DAY = np.timedelta64(1, "D")
_SECOND = np.timedelta64(1, "s")
_PENTAD = np.timedelta64(5, "D")
_OFTEN = 0.2  # share of steps that differ from the usual one in a record by parts of months
_MONTH = 2629746  # s, the twelfth of a year
_HOUR = 3600  # s
_BESIDE = 1.5  # steps or intervals that a time may lie beside its bounds, as a date does beside 09 to 09 UTC
_WORDS = {"start": "begin", "middle": "are the middle of", "end": "end"}
SAID = "said_stamp"  # attribute of a field: where its file says in words that times stand
_YEARS = {"360_day": 360, "noleap": 365, "365_day": 365, "all_leap": 366, "366_day": 366}  # days


@dataclass(frozen=True)
class Intervals:
    """Intervals of frames.

    Args:
        bounds: first and last moment of each, (time, 2).
        hours: how long each is, in its own calendar, (time,).
        stamp: where in it the time stands: ``start``, ``middle``, ``end``.
        stated: whether the files say so, by bounds.
        usual: step of the record.
        why: the time stands there, for people.
        other: the bounds in a second reading that is as good, where nobody says which (days at noon).
    """

    bounds: Times
    hours: NDArray[np.float64]
    stamp: str
    stated: bool
    usual: np.timedelta64
    why: str = "by bounds in the files"
    other: Times | None = None

    @property
    def note(self) -> str:
        """What a reader must know of it."""
        where = _WORDS[self.stamp]
        return f"times {where} their intervals, {self.why}"


@dataclass(frozen=True)
class Gap:
    """Steps that a record lacks.

    Args:
        before: time of the last frame before it.
        after: time of the first frame after it.
        steps: how many are missing.
        text: says so, in the dates of the calendar, with the files on both sides where these are two.
    """

    before: np.datetime64
    after: np.datetime64
    steps: int
    text: str


def intervals_of(field: xr.DataArray, stamp: str | None) -> Intervals | None:
    """Intervals of the frames of a field, or None where a single frame without bounds has none.

    Args:
        field: with times, and with coordinates ``start`` and ``end`` (NaT where a file has no bounds).
        stamp: what somebody says about files without bounds.
    """
    times, calendar = field["time"].to_numpy(), calendar_of(field["time"])
    bounds = np.stack([field["start"].to_numpy(), field["end"].to_numpy()], 1).astype("datetime64[s]")
    step = spacing(times, calendar).step if len(times) > 1 else None
    beside = "" if step is None or np.isnat(bounds).any() else _said_beside(times, bounds, step)
    if not np.isnat(bounds).any() and not beside:
        lengths = elapsed_seconds(bounds[:, 1], calendar) - elapsed_seconds(bounds[:, 0], calendar)
        usual = step if step is not None else np.timedelta64(int(lengths[0]), "s")
        return Intervals(bounds, lengths / 3600, _stamp_of(times, bounds), True, usual)
    if step is None:
        return None
    months = round(float(step / _SECOND) / _MONTH)
    by_month = _of_calendar(step, months, calendar)
    in_parts = not by_month and bool(step >= _PENTAD and (np.diff(times) != step).mean() > _OFTEN)
    where, why, doubt = _stamp_and_why(field, stamp, step, by_month, in_parts)
    why += beside
    if by_month or in_parts:
        bounds = _calendar_bounds(times, months, where) if by_month else _between(times, where)
        hours = (elapsed_seconds(bounds[:, 1], calendar) - elapsed_seconds(bounds[:, 0], calendar)) / 3600
        return Intervals(bounds, hours, where, False, step, why)
    hours = np.full(len(times), float(step / _SECOND) / 3600)
    other = _even_bounds(times, step, doubt, calendar) if doubt is not None else None
    return Intervals(_even_bounds(times, step, where, calendar), hours, where, False, step, why, other)


def _said_beside(times: Times, bounds: Times, step: np.timedelta64) -> str:
    """That bounds are of other times, as where they count from another date; empty where they are not."""
    early, late = (bounds[:, 0] - times) / _SECOND, (times - bounds[:, 1]) / _SECOND
    off = float(np.median(np.maximum(np.maximum(early, late), 0)))
    length = float(np.median((bounds[:, 1] - bounds[:, 0]) / _SECOND))
    if off <= _BESIDE * max(length, float(step / _SECOND)):
        return ""
    return f"; bounds in the files lie {off / _HOUR:g} h beside the times, and do not count"


def _even_bounds(times: Times, step: np.timedelta64, stamp: str, calendar: str) -> Times:
    """Intervals of one length around or beside times."""
    seconds = int(step / _SECOND)
    before = {"start": 0, "middle": seconds // 2, "end": seconds}[stamp]
    ends = [moved_times(times, -before, calendar), moved_times(times, seconds - before, calendar)]
    return np.stack(ends, 1)


def _stamp_and_why(
    field: xr.DataArray, stamp: str | None, step: np.timedelta64, by_month: bool, in_parts: bool
) -> tuple[str, str, str | None]:
    """Where times stand, why, and where else they may stand."""
    if stamp is not None:
        return stamp, "as set", None
    if (said := field.attrs.get(SAID)) is not None:
        return str(said), "as the file describes them", None
    times, calendar = field["time"].to_numpy(), calendar_of(field["time"])
    settled = option("stamp", "start|middle|end")
    if not (by_month or in_parts) and _at_half_steps(times, step, calendar):
        seconds = int(step / _SECOND)
        if seconds % _HOUR == 0 and (elapsed_seconds(times, calendar) % _HOUR).all():
            return "middle", f"as assumed of half hours ({settled} says otherwise)", None
        of_model = calendar in _YEARS or "mean" in str(field.attrs.get("cell_methods", "")).lower()
        if step == _DAY and of_model:
            return "middle", f"as assumed of means of days at noon ({settled} says otherwise)", None
        return "end", f"or are their middle, which nobody says ({settled} does)", "middle"
    usual = _usual_stamp(times, step, calendar, by_month, in_parts)
    return usual, f"as assumed ({settled} says otherwise)", None


def _at_half_steps(times: Times, step: np.timedelta64, calendar: str) -> bool:
    """Whether times stand half-way between whole steps of the clock: 12:00 of days, 01:30 of 3 h."""
    seconds = int(step / _SECOND)
    if seconds % 2 or 86400 % seconds:
        return False
    return bool((elapsed_seconds(times, calendar) % seconds == seconds // 2).all())


def _of_calendar(step: np.timedelta64, months: int, calendar: str) -> bool:
    """Whether a step is a month or a year of the calendar."""
    if months not in (1, 12):
        return False
    even = _YEARS.get(calendar, 0) * months / 12  # days; of no month but those of 360-day years
    return int(step / _SECOND) == months * _MONTH or float(step / _DAY) == even


def _usual_stamp(
    times: Times, step: np.timedelta64, calendar: str, by_month: bool, in_parts: bool
) -> Literal["start", "end"]:
    """Where times stand of which nobody says it: who dates an interval by its first day means that one."""
    at_months = times == times.astype("datetime64[M]")
    if by_month or in_parts:
        dated = at_months.all() if by_month else at_months.any()
    else:
        midnight = not (elapsed_seconds(times, calendar) % 86400).any()
        dated = step >= _DAY and not int(step / _SECOND) % 86400 and midnight
    return "start" if dated else "end"


def _stamp_of(times: Times, bounds: Times) -> str:
    """Where most times stand between their bounds."""
    width = np.maximum((bounds[:, 1] - bounds[:, 0]) / _SECOND, 1)
    share = float(np.median(((times - bounds[:, 0]) / _SECOND) / width))
    return "start" if share < 0.25 else "end" if share > 0.75 else "middle"


def _calendar_bounds(times: Times, months: int, stamp: str) -> Times:
    """First moments of the months or years that the times lie in, and of the next."""
    unit = "M" if months == 1 else "Y"
    inside = times - _SECOND if stamp == "end" else times
    first = inside.astype(f"datetime64[{unit}]")
    return np.stack([first.astype("datetime64[s]"), (first + 1).astype("datetime64[s]")], 1)


def _between(times: Times, stamp: str) -> Times:
    """Intervals from one time to the next, of parts of months that differ in length."""
    steps = np.diff(times)
    before, after = np.concatenate([steps[:1], steps]), np.concatenate([steps, steps[-1:]])
    nothing = np.zeros(len(times), "timedelta64[s]")
    start, end = {
        "start": (nothing, after),
        "middle": (before // 2, after // 2),
        "end": (before, nothing),
    }[stamp]
    return np.stack([times - start, times + end], 1).astype("datetime64[s]")


def gaps_of(field: xr.DataArray) -> tuple[Gap, ...]:
    """Gaps of a record, one by one, with dates and the names of the files around each.

    Args:
        field: with times and the coordinate ``file``, the name of the file of each frame.
    """
    times, calendar = field["time"].to_numpy(), calendar_of(field["time"])
    if len(times) < 3:
        return ()
    frames = spacing(times, calendar)
    seconds, files = elapsed_seconds(times, calendar), field["file"].to_numpy()
    gaps = []
    for k in frames.gaps.tolist():
        missing = round(float(seconds[k] - seconds[k - 1]) / float(frames.step / _SECOND)) - 1
        first, last = (date_text(times[i], calendar)[:-3] for i in (k - 1, k))
        named = f", between {files[k - 1]} and {files[k]}" if files[k] != files[k - 1] else ""
        steps = f"{missing} step{'s' if missing != 1 else ''} missing" if missing > 0 else "an uneven step"
        gaps.append(Gap(times[k - 1], times[k], max(missing, 0), f"{first} to {last} ({steps}{named})"))
    return tuple(gaps)
