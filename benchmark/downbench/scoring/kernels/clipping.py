"""Blanking, clipping and counting what a method yields, in one pass over its values.

Ours because the same in numpy reads the values ten times and makes six arrays of their size: 5 ns a value,
more than all that the standard CRPS takes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from downbench.scoring.kernels.jit import Array, compiled, frames_worth_a_thread, in_threads

_LARGEST = np.float32(np.finfo(np.float32).max)


class Clipped(NamedTuple):
    """What was counted in cells that are valid, before they were clipped.

    ``missing`` is the number of values that are NaN or infinite, ``finite`` and ``negative`` are numbers of
    values, ``below`` is the sum of the negative ones and ``minimum`` the least of them, or zero [mm/h].
    """

    missing: int
    finite: int
    negative: int
    below: float
    minimum: float


@compiled
def _clip(
    values: Array, valid: Array, counts: Array, below: Array, least: Array, start: int, stop: int
) -> None:
    lows = np.zeros(values.shape[1], np.float32)  # a least value a cell, since one for all is no vector loop
    blank, zero, one, none = np.float32(np.nan), np.float32(0), np.int32(1), np.int32(0)
    for i in range(start, stop):
        row, use = values[i], valid[i % len(valid)]
        used, finite, negative = none, none, none
        for p in range(len(row)):
            value, here = row[p], use[p]
            known = abs(value) <= _LARGEST
            used += one if here else none
            finite += one if here & known else none
            negative += one if here & known & (value < zero) else none
        total = 0.0
        if negative:
            for p in range(len(row)):
                value, here, low = row[p], use[p], lows[p]
                value = value if here & (value < zero) & (value >= -_LARGEST) else zero
                total += np.float64(value)
                lows[p] = value if value < low else low
        for p in range(len(row)):
            value, here = row[p], use[p]
            kept = zero if (value < zero) & (value >= -_LARGEST) else value
            row[p] = kept if here else blank
        counts[i, 0], counts[i, 1], counts[i, 2] = used - finite, finite, negative
        below[i] = total
    least[start] = lows.min()


def blank_and_clip(values: NDArray[np.float32], valid: NDArray[np.bool_]) -> Clipped:
    """Put NaN where cells are not valid and zero where rain is negative, in place.

    Values that are missing or infinite where cells are valid are counted and stay.

    Args:
        values: contiguous, (member, time, y, x) [mm/h].
        valid: (time, y, x).
    """
    rows, cells = values.shape[0] * values.shape[1], values.shape[2] * values.shape[3]
    flat, use = values.reshape(rows, cells), np.ascontiguousarray(valid).reshape(-1, cells)
    counts, below, least = np.zeros((rows, 3), np.int64), np.zeros(rows), np.zeros(rows, np.float32)
    in_threads(lambda a, b: _clip(flat, use, counts, below, least, a, b), rows, frames_worth_a_thread(cells))
    missing, finite, negative = counts.sum(axis=0).tolist()
    return Clipped(missing, finite, negative, float(below.sum()), float(least.min(initial=0)))
