"""Places: that of a split, and windows of a large domain that are scored in place of the whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from downbench import UserError
from downbench_datasets.files.splitting.parts import Part
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


@dataclass(frozen=True)
class Windows:
    """Windows that stand for a domain; none where the whole domain does.

    Args:
        corners: first row and column of each.
        shape: rows and columns of each.
    """

    corners: tuple[tuple[int, int], ...] = ()
    shape: tuple[int, int] = (0, 0)

    def __bool__(self) -> bool:
        return bool(self.corners)

    def blocks(self, factor: int) -> Windows:
        """The same in blocks of ``factor`` x ``factor`` cells."""
        corners = tuple((row // factor, column // factor) for row, column in self.corners)
        return Windows(corners, (self.shape[0] // factor, self.shape[1] // factor))


def windows_of(
    rain: xr.DataArray, parts: Mapping[str, Part], factor: int, side: int | None, count: int, where: str
) -> dict[str, Windows]:
    """Windows of each split, the same for splits of one place; train keeps its whole domain.

    Args:
        rain: fine rain (time, tile, y, x) of the record.
        parts: of the splits.
        factor: fine cells along the edge of a coarse one.
        side: of a window in fine cells; None for the whole domain.
        count: of windows, at most.
        where: the rain comes from, for messages.

    Raises:
        UserError: the window is not a multiple of the factor, or no coarse cell is ever valid.
    """
    chosen: dict[Part, Windows] = {}
    for part in parts.values():
        place = replace(part, frames=())
        if place not in chosen:
            chosen[place] = _windows(inside(rain, part, factor), factor, side, count, where)
    scored = {name: chosen[replace(part, frames=())] for name, part in parts.items() if name != "train"}
    return {"train": Windows(), **scored}


def _windows(rain: xr.DataArray, factor: int, side: int | None, count: int, where: str) -> Windows:
    frames = np.linspace(0, rain.sizes["time"] - 1, _SAMPLE).round().astype(int)
    valid = _coverage(rain, factor, np.unique(frames))
    if not valid.any() and not _coverage(rain, factor, np.arange(rain.sizes["time"])).any():
        raise UserError(f"{where}: every coarse cell has missing fine cells at all times", "is it masked?")
    if side is None or rain.sizes["tile"] > 1 or max(rain.shape[-2:]) <= side:
        return Windows()
    if side % factor:
        raise UserError(f"files.window = {side} is not a multiple of the factor {factor}")
    height, width = (min(side, size) // factor for size in rain.shape[-2:])
    corners = best_windows(valid[0], (height, width), count)
    return Windows(
        tuple((row * factor, column * factor) for row, column in corners), (height * factor, width * factor)
    )


def _coverage(rain: xr.DataArray, factor: int, frames: NDArray[np.int_]) -> NDArray[np.float64]:
    """Share of these frames in which a coarse cell is valid, (tile, y, x)."""
    return coarsen(rain.isel(time=frames), factor).notnull().mean("time").to_numpy()


def cut_windows(field: Field, windows: Windows) -> Field:
    """Cut windows out of a field with one tile; each becomes a tile."""
    if "y" not in field.dims:
        return field  # no static fields
    height, width = windows.shape
    parts = [
        field.isel(y=slice(row, row + height), x=slice(column, column + width))
        for row, column in windows.corners
    ]
    return xr.concat(parts, "tile", coords="minimal", compat="override")


def inside(field: Field, part: Part, factor: int) -> Field:
    """A field cut to the place of a split.

    Args:
        field: with tiles, rows and columns, or a dataset without any field.
        part: of the split.
        factor: cells of the field along the edge of a coarse cell.
    """
    places: dict[str, Any] = {
        "tile": list(part.tiles),
        "y": slice(part.rows[0] * factor, part.rows[1] * factor),
        "x": slice(part.columns[0] * factor, part.columns[1] * factor),
    }
    return field.isel(places, missing_dims="ignore")
