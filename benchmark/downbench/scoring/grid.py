"""What all chunks of a split share: cell areas, regions, windows of spectra, and the layout in time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from downbench.errors import UserError

ALL = "all"
Corners = tuple[tuple[int, int], ...]


class Zones(NamedTuple):
    """A tile cut into zones that lie wholly inside or outside each region.

    ``runs`` (n, 3) are stretches (start, stop, zone) of flat cells; ``members`` (region, zone) is 1 where the
    zone lies in the region; ``label`` (cell,) is each cell's zone.
    """

    label: NDArray[np.int64]
    runs: NDArray[np.int64]
    members: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Grid:
    """The fine grid of a dataset as scoring sees it; make it with :func:`make_grid`.

    Args:
        area: cell areas [m2] (tile, y, x), ones if unknown.
        regions: masks (tile, y, x), ``"all"`` first.
        factor: fine cells along the edge of a coarse cell.
        windows: tile to corners (y0, x0) of its fully covered spectrum windows.
        window_size: cells along the edge of a window, None where no window fits.
        time_bin: step at which histograms and spectra are stored.
        step: time between frames.
        resampling_block: unit of the bootstrap; None gives no intervals.
    """

    area: NDArray[np.float64]
    regions: Mapping[str, NDArray[np.bool_]]
    factor: int
    windows: Mapping[int, Corners]
    window_size: int | None
    time_bin: np.timedelta64
    step: np.timedelta64
    resampling_block: np.timedelta64 | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "zones", lru_cache(maxsize=None)(self._zones))

    def zones(self, tile: int) -> Zones:
        """Zones of a tile, worked out once."""
        return self._zones(tile)  # replaced by its cached form

    def _zones(self, tile: int) -> Zones:
        masks = np.stack([mask[tile].ravel() for mask in self.regions.values()])
        patterns, label = np.unique(masks, axis=1, return_inverse=True)
        label = label.ravel().astype(np.int64)
        starts = np.flatnonzero(np.diff(label, prepend=-1))
        stops = np.append(starts[1:], len(label))
        return Zones(label, np.stack([starts, stops, label[starts]], axis=1), patterns.astype(np.float64))

    def __getstate__(self) -> dict:
        return {key: value for key, value in self.__dict__.items() if key != "zones"}

    def __setstate__(self, state: dict) -> None:
        self.__dict__.update(state)
        self.__post_init__()


def covered_windows(covered: NDArray[np.bool_], size: int, apart: int) -> Corners:
    """Corners of square windows in which all cells of (y, x) are covered.

    Taken row by row, each at least half a window away from those before it in y or in x, at multiples of
    ``apart`` cells.
    """
    ny, nx = covered.shape
    if size > min(ny, nx):
        return ()
    total = np.zeros((ny + 1, nx + 1), np.int64)
    total[1:, 1:] = covered.cumsum(axis=0).cumsum(axis=1)
    inside = total[size:, size:] - total[:-size, size:] - total[size:, :-size] + total[:-size, :-size]
    free = inside == size * size
    free &= (np.arange(free.shape[0]) % apart == 0)[:, None] & (np.arange(free.shape[1]) % apart == 0)
    corners = []
    while free.any():
        y, x = divmod(int(free.argmax()), free.shape[1])
        corners.append((y, x))
        half = size // 2
        free[max(y - half + 1, 0) : y + half, max(x - half + 1, 0) : x + half] = False
    return tuple(corners)


def _windows(covered: NDArray[np.bool_], factor: int) -> tuple[int | None, dict[int, Corners]]:
    """Size and corners of the largest windows of 32, 64, 128, ... cells that fit into some tile."""
    best: tuple[int | None, dict[int, Corners]] = (None, {})
    size = 32
    while size <= min(covered.shape[1:]):
        found = {t: covered_windows(mask, size, factor) for t, mask in enumerate(covered)}
        found = {tile: corners for tile, corners in found.items() if corners}
        if not found:
            break
        best = size, found
        size *= 2
    return best


def make_grid(
    static: xr.Dataset,
    regions: Mapping[str, xr.DataArray],
    coverage: NDArray[np.bool_],
    factor: int,
    time_bin: np.timedelta64,
    step: np.timedelta64,
    resampling_block: np.timedelta64 | None = None,
) -> Grid:
    """Make the grid of a split.

    Args:
        static: fine static fields (tile, y, x); ``area`` [m2] is used if there.
        regions: named masks (tile, y, x) of the fine grid besides ``all``.
        coverage: coarse cells (tile, y, x) that are valid at all scored times.
        factor: fine cells along the edge of a coarse cell.
        time_bin: step at which histograms and spectra are stored.
        step: time between frames.
        resampling_block: unit of the bootstrap, a multiple of ``time_bin``.

    Raises:
        UserError: a mask or the areas do not fit the grid.
    """
    covered = np.asarray(coverage, bool).repeat(factor, axis=1).repeat(factor, axis=2)
    masks = {ALL: np.ones(covered.shape, bool)}
    for name, mask in regions.items():
        values = mask.transpose("tile", "y", "x").to_numpy().astype(bool)
        if values.shape != covered.shape:
            raise UserError(
                f"region {name!r} has the shape {values.shape}, the fine grid has {covered.shape}"
            )
        if name != ALL:
            masks[name] = values
    area = np.ones(covered.shape)
    if "area" in static:
        area = static["area"].transpose("tile", "y", "x").to_numpy().astype(np.float64)
        if area.shape != covered.shape or not (np.isfinite(area).all() and (area > 0).all()):
            raise UserError(f"cell areas need the shape {covered.shape}, and to be finite and above zero")
    window_size, windows = _windows(covered, factor)
    return Grid(area, masks, factor, windows, window_size, time_bin, step, resampling_block)
