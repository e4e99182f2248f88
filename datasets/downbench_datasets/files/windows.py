"""Windows of a large domain that are scored in place of the whole."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import xarray as xr
from numpy.typing import NDArray

Field = TypeVar("Field", xr.DataArray, xr.Dataset)


def best_windows(valid: NDArray[np.floating], shape: tuple[int, int], count: int) -> list[tuple[int, int]]:
    """Choose up to ``count`` wholly valid windows that do not overlap; else the one that is most valid.

    Args:
        valid: share of time in which a coarse cell is valid, (y, x).
        shape: of a window, in coarse cells.

    Returns:
        First row and column of each, in coarse cells, in the order of choice: the most valid first, and among
        equals the northernmost, then the westernmost on the grid.
    """
    height, width = shape
    total = np.zeros((valid.shape[0] + 1, valid.shape[1] + 1))
    total[1:, 1:] = valid.astype(np.float64).cumsum(0).cumsum(1)
    sums = (
        total[height:, width:] - total[:-height, width:] - total[height:, :-width] + total[:-height, :-width]
    )
    share = np.round(sums / (height * width), 6)
    chosen: list[tuple[int, int]] = []
    while len(chosen) < count and np.isfinite(share).any():
        row, column = (int(k) for k in np.unravel_index(np.nanargmax(share), share.shape))
        if chosen and share[row, column] < 1:
            break
        chosen.append((row, column))
        rows = slice(max(0, row - height + 1), row + height)
        columns = slice(max(0, column - width + 1), column + width)
        share[rows, columns] = np.nan
    return chosen


def cut_windows(field: Field, corners: list[tuple[int, int]], shape: tuple[int, int]) -> Field:
    """Cut windows out of a field with one tile; each becomes a tile."""
    if "y" not in field.dims:
        return field  # no static fields
    parts = [
        field.isel(y=slice(row, row + shape[0]), x=slice(column, column + shape[1]))
        for row, column in corners
    ]
    return xr.concat(parts, "tile", coords="minimal", compat="override")
