"""Cutting a record into pieces of time that fit into memory, which a method works through one by one."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from downbench.dates import STANDARD, Times, spacing

MOST_COARSE = 256 * 2**20  # bytes of coarse fields of one tile that are in memory at once
CONTEXT = 16  # frames before the first wanted one that a method sees at least, as far as there are any


@dataclass(frozen=True)
class Piece:
    """Frames [first, stop) are wanted; the method sees [begin, end)."""

    begin: int
    first: int
    stop: int
    end: int


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
