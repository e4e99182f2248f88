"""Reduced grids, whose rows have fewer cells towards the poles: rows of equal length, conservatively."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_WHOLE = 1 - 1e-9  # of a new cell that valid cells cover


def even_rows(values: NDArray[np.floating], rows: tuple[int, ...]) -> NDArray[np.float32]:
    """Rows as long as the longest: each new cell is the mean of what it covers, so that a row keeps its sum.

    Args:
        values: of all cells, row by row, each from longitude 0 round the globe; missing is NaN.
        rows: number of cells in each row.

    Returns:
        (rows, longest row); a new cell is NaN where a part of it is missing.
    """
    longest = max(rows)
    made = np.empty((len(rows), longest), np.float32)
    first = 0
    for k, count in enumerate(rows):
        row = np.asarray(values[first : first + count], np.float64)
        valid = np.isfinite(row)
        total = _means(np.where(valid, row, 0), longest)
        covered = _means(valid.astype(float), longest)
        with np.errstate(invalid="ignore", divide="ignore"):
            made[k] = np.where(covered >= _WHOLE, total / covered, np.nan)
        first += count
    return made


def _means(row: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Means of a row round the globe over cells that are centred as its own first one is."""
    n = len(row)
    edges = (np.arange(count + 1) - 0.5) * (n / count) + 0.5  # in cells of the row, from its first edge
    integral = np.concatenate([[0.0], np.cumsum(np.concatenate([row, row[:1]]))])
    return np.asarray(np.diff(np.interp(edges, np.arange(n + 2), integral)) * (count / n))
