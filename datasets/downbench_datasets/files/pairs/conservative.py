"""First-order conservative regridding of rectilinear grids: a target cell is the mean of what it covers.

Jones 1999 (doi:10.1175/1520-0493(1999)127<2204:FASOCR>2.0.CO;2), eq. 5. On rectilinear grids the weights are
products of those along y and along x, so two small matrices do it, and their overlaps are exact: of latitude
in its sine, of longitude round the globe. Our own, since ESMF, which xesmf needs, comes by conda only.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.sparse import csr_array

Edges = NDArray[np.float64]  # (n, 2), the two ends of each cell in any order
_COVERED = 1 - 1e-6  # share of a target cell that valid source cells cover
_COVERED_BY_POLYGONS = 0.99  # likewise, where edges are taken as straight, and the outermost are a guess


def line_weights(target: Edges, source: Edges, period: float | None = None) -> csr_array:
    """Share of each target cell that each source cell covers, (target, source), along one axis.

    Args:
        target: ends of target cells.
        source: ends of source cells, in the same measure: lengths, degrees of longitude, sines of latitude.
        period: after which the axis begins anew: 360 degrees of longitude.
    """
    low, high = np.sort(target, axis=1).T
    first, last = np.sort(source, axis=1).T
    total = np.zeros((len(target), len(source)))
    for turn in _turns(low, high, first, last, period):
        shared = np.minimum(high[:, None], last + turn) - np.maximum(low[:, None], first + turn)
        total += np.maximum(shared, 0)
    return csr_array(total / (high - low)[:, None])


def _turns(low: Edges, high: Edges, first: Edges, last: Edges, period: float | None) -> NDArray[np.float64]:
    """By how much source cells are moved to lie where target cells do."""
    if period is None:
        return np.zeros(1)
    least = np.floor((low.min() - last.max()) / period)
    most = np.ceil((high.max() - first.min()) / period)
    return np.arange(least, most + 1) * period


def sines(latitudes: Edges) -> Edges:
    """Ends of cells in the sine of latitude [degrees], in which areas are lengths."""
    return np.asarray(np.sin(np.deg2rad(np.clip(latitudes, -90, 90))))


def regrid(field: xr.DataArray, rows: csr_array, columns: csr_array) -> xr.DataArray:
    """Bring a field (..., y, x) onto the target grid, lazily where it is lazy.

    Args:
        field: of the source grid; missing is NaN.
        rows: weights along y, (target, source).
        columns: weights along x.

    Returns:
        float32; NaN where a target cell is not wholly covered by valid source cells.
    """
    applied = partial(_regridded, rows=rows, columns=columns)
    return _moved(applied, field, (rows.shape[0], columns.shape[0]))


def _regridded(field: NDArray[Any], rows: csr_array, columns: csr_array) -> NDArray[np.float32]:
    valid = np.isfinite(field)
    mean = _applied(np.where(valid, field, 0).astype(np.float64), rows, columns)
    covered = _applied(valid.astype(np.float64), rows, columns)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(covered >= _COVERED, mean / covered, np.nan).astype(np.float32)


def regrid_cells(field: xr.DataArray, weights: csr_array, shape: tuple[int, int]) -> xr.DataArray:
    """Bring a field (..., y, x) onto target cells by weights of whole cells, lazily where it is lazy.

    Args:
        field: of the source grid; missing is NaN.
        weights: (target cells, source cells), rows first.
        shape: of the target grid.

    Returns:
        float32; NaN where valid source cells cover less than 99 % of a target cell.
    """
    return _moved(partial(_by_cells, weights=weights, shape=shape), field, shape)


def _moved(
    regridded: Callable[[NDArray[Any]], NDArray[np.float32]], field: xr.DataArray, shape: tuple[int, int]
) -> xr.DataArray:
    """Apply a function of whole fields (..., y, x) that gives fields of another shape, lazily or not."""
    if field.chunks:
        field = field.chunk({"y": -1, "x": -1})
    moved: xr.DataArray = xr.apply_ufunc(
        regridded,
        field,
        input_core_dims=[["y", "x"]],
        output_core_dims=[["new_y", "new_x"]],
        dask="parallelized",
        output_dtypes=[np.float32],
        dask_gufunc_kwargs={"output_sizes": dict(zip(("new_y", "new_x"), shape, strict=True))},
        keep_attrs=True,
    )
    return moved.rename(new_y="y", new_x="x")


def _by_cells(field: NDArray[Any], weights: csr_array, shape: tuple[int, int]) -> NDArray[np.float32]:
    cells = field.reshape(-1, field.shape[-2] * field.shape[-1]).astype(np.float64)
    valid = np.isfinite(cells)
    mean = (weights @ np.where(valid, cells, 0).T).T
    covered = (weights @ valid.astype(np.float64).T).T
    with np.errstate(invalid="ignore", divide="ignore"):
        made = np.where(covered >= _COVERED_BY_POLYGONS, mean / covered, np.nan).astype(np.float32)
    return made.reshape(*field.shape[:-2], *shape)


def _applied(field: NDArray[np.float64], rows: csr_array, columns: csr_array) -> NDArray[np.float64]:
    """Weights along both axes, applied to (..., y, x)."""
    *lead, ny, nx = field.shape
    along_x = (columns @ field.reshape(-1, nx).T).T  # (lead * y, new_x)
    stack = along_x.reshape(-1, ny, columns.shape[0]).transpose(1, 0, 2).reshape(ny, -1)
    along_y = (rows @ stack).reshape(rows.shape[0], -1, columns.shape[0])
    return np.ascontiguousarray(along_y.transpose(1, 0, 2)).reshape(*lead, rows.shape[0], columns.shape[0])
