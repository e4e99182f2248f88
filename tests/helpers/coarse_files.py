"""Coarse files as somebody might bring them, with the fine truth that they come from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr

from downbench import block_mean


def coarsened(truth: xr.Dataset, factor: int, area: np.ndarray | None = None) -> xr.Dataset:
    """Block means of ``precipitation`` and centres of blocks; bounds of times and the grid mapping are kept.

    Args:
        truth: (time, y, x), with 1-D coordinates.
        factor: fine cells along the edge of a coarse one.
        area: weights of the fine cells (y, x).
    """
    rain = truth["precipitation"]
    y, x = rain.dims[1:]
    coarse = xr.Dataset(
        {"precipitation": (rain.dims, block_mean(rain.to_numpy(), factor, area), rain.attrs)},
        {"time": truth["time"]},
    )
    for name, variable in truth.variables.items():
        if variable.dims in ((y,), (x,)):
            centres = variable.to_numpy().reshape(-1, factor).mean(1)
            coarse = coarse.assign_coords({name: (variable.dims, centres, variable.attrs)})
        elif variable.ndim == 0 or name == "time_bnds":
            coarse[name] = variable
    return coarse


def rain_file(path: Path, frames: int = 24, size: tuple[int, int] = (4, 6), **changes: object) -> Path:
    """Write hourly coarse rain and wind on a lat-lon grid; ``changes`` replace variables, None drops one."""
    random = np.random.default_rng(8)
    rain = random.gamma(0.5, 2, (frames, *size)).astype(np.float32)
    dims = ("time", "lat", "lon")
    data = xr.Dataset(
        {
            "precipitation": (dims, rain, {"units": "mm/h"}),
            "UGRD10m": (dims, random.normal(5, 2, rain.shape).astype(np.float32), {"units": "m s-1"}),
        },
        {
            "time": np.datetime64("2021-05-01", "ns") + np.arange(frames) * np.timedelta64(1, "h"),
            "lat": ("lat", 50.0 - 2 * np.arange(size[0]), {"units": "degrees_north"}),
            "lon": ("lon", 4.0 + 2 * np.arange(size[1]), {"units": "degrees_east"}),
        },
    )
    for name, value in changes.items():
        data = data.drop_vars(name) if value is None else data.assign({name: value})
    data.to_netcdf(path)
    return path
