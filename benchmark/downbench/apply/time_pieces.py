"""Cutting a record into pieces that a method works through one after the other."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

import cftime
import numpy as np

from downbench.dates import STANDARD, Times, date_text, spacing, to_times
from downbench.errors import UserError

_DATE = re.compile(r"(\d{1,5})(?:-(\d{1,2})(?:-(\d{1,2})(?:[T ](\d{1,2})(?::(\d{2})(?::(\d{2}))?)?)?)?)?Z?")
_DATE_HINT = "write 2020-06-01 or 2020-06-01T12:00"
_SECONDS = {1: 0, 2: 0, 3: 86400, 4: 3600, 5: 60, 6: 1}  # by the number of parts of a date
CONTEXT = 16  # frames before the first wanted one that a method sees at least, as far as there are any


@dataclass(frozen=True)
class Piece:
    """Frames [first, stop) are wanted; the method sees [begin, end)."""

    begin: int
    first: int
    stop: int
    end: int


def common_step(times: Times, calendar: str = STANDARD) -> np.timedelta64 | None:
    """The usual step; None for a single time."""
    return spacing(times, calendar).step if len(times) > 1 else None


def cut_pieces(
    times: Times,
    wanted: slice,
    window: int,
    past: int,
    future: int,
    most: int,
    calendar: str = STANDARD,
) -> list[Piece]:
    """Cut the wanted frames at gaps in time, and into pieces of about ``most`` frames.

    Windows count from the beginning of a stretch without gaps, wherever the wanted frames begin.

    Args:
        times: of all frames.
        wanted: frames of them.
        window: frames that the method makes together.
        past: frames that it looks back.
        future: frames that it looks ahead.
        most: frames that fit into memory at once.
        calendar: of the times, which tells what a gap is.
    """
    breaks = spacing(times, calendar).gaps.tolist() if len(times) > 1 else []
    length = max(most // window, 1) * window
    pieces = []
    for start, end in pairwise([0, *breaks, len(times)]):
        for low in range(start, end, length):
            first, stop = max(low, wanted.start), min(low + length, end, wanted.stop)
            if first < stop:
                context = -(-max(CONTEXT, past) // window) * window
                aligned = start + (first - start) // window * window
                pieces.append(Piece(max(start, aligned - context), first, stop, min(end, stop + future)))
    return pieces


def wanted_frames(times: Times, start: str | None, end: str | None, calendar: str = STANDARD) -> slice:
    """Frames from ``start`` to ``end``, both included; a day alone is the whole day.

    Raises:
        UserError: no dates of the calendar, or no frames between them.
    """
    first, stop = 0, len(times)
    if start is not None:
        first = int(np.searchsorted(times, _limits("--start", start, calendar)[0], "left"))
    if end is not None:
        stop = int(np.searchsorted(times, _limits("--end", end, calendar)[1], "left"))
    if first >= stop:
        raise UserError(
            f"no frames from {start or 'the first'} to {end or 'the last'}",
            f"there are {len(times)}, {date_text(times[0], calendar)} to {date_text(times[-1], calendar)}",
        )
    return slice(first, stop)


def _limits(option: str, text: str, calendar: str) -> tuple[np.datetime64, np.datetime64]:
    """First moment of a date, and the first one after it: a year, month, day, hour, minute or second."""
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
