"""Windows of a large domain that are scored in place of the whole."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from downbench import UserError
from downbench_datasets.shared.coarsening import coarsen

_SAMPLE = 16  # frames that coverage is judged by
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


def window_corners(
    rain: xr.DataArray, factor: int, side: int | None, count: int, where: str
) -> list[tuple[int, int]]:
    """Corners in fine cells of the windows that are scored; none where the whole domain is.

    Args:
        rain: fine rain (time, tile, y, x).
        factor: fine cells along the edge of a coarse one.
        side: of a window in fine cells; None for the whole domain.
        count: of windows, at most.
        where: it comes from, for messages.

    Raises:
        UserError: the window is no multiple of the factor, or no coarse cell is ever valid.
    """
    frames = np.linspace(0, rain.sizes["time"] - 1, _SAMPLE).round().astype(int)
    valid = _coverage(rain, factor, np.unique(frames))
    if not valid.any() and not _coverage(rain, factor, np.arange(rain.sizes["time"])).any():
        raise UserError(f"{where}: every coarse cell has missing fine cells at all times", "is it masked?")
    if side is None or rain.sizes["tile"] > 1 or max(rain.shape[-2:]) <= side:
        return []
    if side % factor:
        raise UserError(f"files.window = {side} is no multiple of the factor {factor}")
    height, width = (min(side, size) // factor for size in rain.shape[-2:])
    corners = best_windows(valid[0], (height, width), count)
    return [(row * factor, column * factor) for row, column in corners]


def _coverage(rain: xr.DataArray, factor: int, frames: NDArray[np.int_]) -> NDArray[np.float64]:
    """Share of these frames in which a coarse cell is valid, (tile, y, x)."""
    return coarsen(rain.isel(time=frames), factor).notnull().mean("time").to_numpy()


def cut_windows(field: Field, corners: list[tuple[int, int]], shape: tuple[int, int]) -> Field:
    """Cut windows out of a field with one tile; each becomes a tile."""
    if "y" not in field.dims:
        return field  # no static fields
    parts = [
        field.isel(y=slice(row, row + shape[0]), x=slice(column, column + shape[1]))
        for row, column in corners
    ]
    return xr.concat(parts, "tile", coords="minimal", compat="override")
