"""Makes the grid that all chunks of a split share: cell areas, regions, and the windows of spectra."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from downbench.contracts.grid import Corners, Grid
from downbench.errors import UserError

if TYPE_CHECKING:
    import xarray as xr

ALL = "all"


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
        fitting = {t: covered_windows(mask, size, factor) for t, mask in enumerate(covered)}
        fitting = {tile: corners for tile, corners in fitting.items() if corners}
        if not fitting:
            break
        best = size, fitting
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
    time_factor: int = 1,
    points: bool = False,
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
        time_factor: fine frames in the time of a coarse one.
        points: whether its cells are places such as stations.

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
    facts = (window_size, time_bin, step, resampling_block, time_factor, points)
    return Grid(area, masks, factor, windows, *facts)
