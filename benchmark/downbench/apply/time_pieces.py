"""Cutting a record into pieces that a method works through one after the other."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from downbench.errors import UserError

CONTEXT = 16  # frames before the first wanted one that a method sees at least, as far as there are any


@dataclass(frozen=True)
class Piece:
    """Frames [first, stop) are wanted; the method sees [begin, end)."""

    begin: int
    first: int
    stop: int
    end: int


def common_step(times: NDArray[np.datetime64]) -> np.timedelta64 | None:
    """The most frequent step; None for a single time."""
    if len(times) < 2:
        return None
    steps, counts = np.unique(np.diff(times), return_counts=True)
    found: np.timedelta64 = steps[counts.argmax()]
    return found


def cut_pieces(
    times: NDArray[np.datetime64], wanted: slice, window: int, past: int, future: int, most: int
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
    """
    step = common_step(times)
    breaks = [] if step is None else (np.flatnonzero(np.diff(times) != step) + 1).tolist()
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


def wanted_frames(times: NDArray[np.datetime64], start: str | None, end: str | None) -> slice:
    """Frames from ``start`` to ``end``, both included; a day alone is the whole day.

    Raises:
        UserError: no dates, or no frames between them.
    """
    first, stop = 0, len(times)
    if start is not None:
        first = int(np.searchsorted(times, _time("--start", start).astype("datetime64[ns]"), "left"))
    if end is not None:
        after = _time("--end", end) + 1  # of its own unit: the next day, hour, second
        stop = int(np.searchsorted(times, after.astype("datetime64[ns]"), "left"))
    if first >= stop:
        raise UserError(
            f"no frames from {start or 'the first'} to {end or 'the last'}",
            f"there are {len(times)}, {_shown(times[0])} to {_shown(times[-1])}",
        )
    return slice(first, stop)


def _time(option: str, text: str) -> np.datetime64:
    try:
        found = np.datetime64(text.removesuffix("Z"))
    except ValueError:
        found = np.datetime64("NaT")
    if np.isnat(found):
        raise UserError(f"{option} {text!r} is no date", "write 2020-06-01 or 2020-06-01T12:00")
    return found


def _shown(time: np.datetime64) -> str:
    return str(time.astype("datetime64[s]"))
