"""Cutting a record into pieces that a method works through one after the other."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from downbench.dates import STANDARD, Times, date_limits, date_text, spacing
from downbench.errors import UserError

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
        first = int(np.searchsorted(times, date_limits("--start", start, calendar)[0], "left"))
    if end is not None:
        stop = int(np.searchsorted(times, date_limits("--end", end, calendar)[1], "left"))
    if first >= stop:
        raise UserError(
            f"no frames from {start or 'the first'} to {end or 'the last'}",
            f"there are {len(times)}, {date_text(times[0], calendar)} to {date_text(times[-1], calendar)}",
        )
    return slice(first, stop)
