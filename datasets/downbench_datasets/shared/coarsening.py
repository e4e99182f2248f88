"""Area-weighted block means and the mask that goes with them, lazily."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from downbench import block_mean

_FRAMES = 4  # that validity is judged by


def valid_throughout(rain: xr.DataArray) -> NDArray[np.bool_]:
    """Cells (tile, y, x) that are valid in each of a few frames of a record (time, tile, y, x).

    Frames without any value, such as those of a radar that stood still, say nothing of single cells.
    """
    frames = np.unique(np.linspace(0, rain.sizes["time"] - 1, _FRAMES).round().astype(int))
    valid = rain.isel(time=frames).notnull().transpose("time", "tile", "y", "x").to_numpy()
    seen = valid.any((2, 3), keepdims=True)
    return np.asarray((valid | ~seen).all(0) & seen.any(0))


def whole_blocks(valid: NDArray[np.bool_], factor: int) -> NDArray[np.bool_]:
    """Blocks (tile, Y, X) all of whose cells are valid, as far as whole blocks go."""
    tiles, *sizes = valid.shape
    rows, columns = (size // factor for size in sizes)
    cut = valid[:, : rows * factor, : columns * factor]
    return np.asarray(cut.reshape(tiles, rows, factor, columns, factor).all((2, 4)))


def _covered(field: NDArray[np.float32], factor: int) -> NDArray[np.bool_]:
    """Blocks whose cells are all valid, (..., y / factor, x / factor)."""
    *lead, ny, nx = field.shape
    blocks = np.isfinite(field).reshape(*lead, ny // factor, factor, nx // factor, factor)
    return np.asarray(blocks.all(axis=(-3, -1)))


def _mask(field: NDArray[np.float32], factor: int) -> NDArray[np.float32]:
    whole = _covered(field, factor).repeat(factor, axis=-2).repeat(factor, axis=-1)
    return np.where(whole, field, np.float32(np.nan))


def _whole_fields(field: xr.DataArray) -> xr.DataArray:
    return field.chunk({"y": -1, "x": -1}) if field.chunks else field


def mask_blocks(fine: xr.DataArray, factor: int) -> xr.DataArray:
    """Set every block of ``factor`` x ``factor`` cells to NaN that has a missing cell."""
    return xr.apply_ufunc(
        _mask,
        _whole_fields(fine),
        kwargs={"factor": factor},
        input_core_dims=[["y", "x"]],
        output_core_dims=[["y", "x"]],
        dask="parallelized",
        output_dtypes=[np.float32],
        keep_attrs=True,
    )


def coarsen(fine: xr.DataArray, factor: int, area: xr.DataArray | None = None) -> xr.DataArray:
    """Mean of blocks weighted by ``area`` (tile, y, x) or evenly, NaN where a cell is missing."""
    fine = _whole_fields(fine)
    size = {dim: fine.sizes[dim] // factor for dim in ("y", "x")}
    if area is None:
        area = xr.ones_like(fine.isel(time=0, drop=True), dtype=np.float32)
        area = xr.DataArray(np.ones(area.shape, np.float32), dims=area.dims)
    result = xr.apply_ufunc(
        _mean,
        fine,
        area,
        kwargs={"factor": factor},
        input_core_dims=[["tile", "y", "x"], ["tile", "y", "x"]],
        output_core_dims=[["tile", "coarse_y", "coarse_x"]],
        exclude_dims=set(),
        dask="parallelized",
        output_dtypes=[np.float32],
        dask_gufunc_kwargs={
            "output_sizes": {"coarse_y": size["y"], "coarse_x": size["x"]},
            "allow_rechunk": True,
        },
        keep_attrs=True,
    )
    return result.rename(coarse_y="y", coarse_x="x").transpose(*fine.dims)


def _mean(fine: NDArray[np.float32], area: NDArray[np.float64], factor: int) -> NDArray[np.float32]:
    return block_mean(fine, factor, area.astype(np.float64))
