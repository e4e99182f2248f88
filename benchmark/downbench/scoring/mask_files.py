"""A region from a file: 0 and 1 on the fine grid."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from downbench.errors import UserError

DIMS = ("tile", "y", "x")
_LAT, _LON = ("lat", "latitude"), ("lon", "longitude")
_SAME_CELL = 0.25  # of the spacing: how far coordinates of a cell may differ


def mask_of_file(path: Path, static: xr.Dataset, shape: tuple[int, ...], name: str) -> NDArray[np.bool_]:
    """The mask (tile, y, x) of a NetCDF file that holds one variable of 0 and 1.

    Args:
        path: of the file.
        static: ``lat`` and ``lon`` of the fine grid [degrees], where they are known.
        shape: of the fine grid (tile, y, x).
        name: of the region, for messages.

    Raises:
        UserError: unreadable, several fields, other values, or another grid.
    """
    where = f"region {name!r}: {path}"
    try:
        with xr.open_dataset(path) as opened:
            data = opened.load()
    except (OSError, ValueError) as error:
        raise UserError(f"{where} cannot be read as NetCDF: {error}") from None
    fields = [key for key in data.data_vars if data[key].ndim > 1 and str(key) not in (*_LAT, *_LON)]
    if len(fields) != 1:
        raise UserError(
            f"{where} holds {len(fields)} fields ({', '.join(map(str, fields))})",
            "a mask is one variable of 0 and 1 on the fine grid",
        )
    field = data[fields[0]]
    if not np.isin(field.to_numpy(), (0, 1)).all():
        raise UserError(f"{where}: {fields[0]!r} has values other than 0 and 1")
    lat, lon = _coordinate(data, _LAT), _coordinate(data, _LON)
    values = _on_grid(field, lat, lon, static, shape)
    if values is None:
        raise UserError(
            f"{where}: its mask {field.shape} does not fit the fine grid {shape}",
            "it needs the same cells in the same order, or 1-D lat and lon that hold all cells of the grid",
        )
    return values.astype(bool)


def _coordinate(data: xr.Dataset, names: tuple[str, ...]) -> xr.DataArray | None:
    return next((data[name] for name in names if name in data.variables), None)


def _on_grid(
    field: xr.DataArray,
    lat: xr.DataArray | None,
    lon: xr.DataArray | None,
    static: xr.Dataset,
    shape: tuple[int, ...],
) -> NDArray[Any] | None:
    """Values on the cells of the grid, by coordinates where both have them; None if the grids differ."""
    values = field.to_numpy()
    fits = values.shape == shape or (1, *values.shape) == shape
    if lat is None or lon is None or "lat" not in static or "lon" not in static:
        return values.reshape(shape) if fits else None
    own_lat, own_lon = (static[name].transpose(*DIMS).to_numpy() for name in ("lat", "lon"))
    if lat.ndim == lon.ndim == 1 and set(field.dims) == {*lat.dims, *lon.dims}:
        rows = _nearest(lat.to_numpy(), own_lat, None)
        columns = _nearest(lon.to_numpy(), own_lon, 360.0)
        if rows is None or columns is None:
            return None
        return field.transpose(*lat.dims, *lon.dims).to_numpy()[rows, columns]
    if not fits or lat.shape != values.shape or lon.shape != values.shape:
        return values.reshape(shape) if fits else None
    own = _vectors(own_lat, own_lon)
    apart = np.abs(_vectors(lat.to_numpy().reshape(shape), lon.to_numpy().reshape(shape)) - own).max()
    spacing = np.median(np.linalg.norm(np.diff(own, axis=-2), axis=-1))
    return values.reshape(shape) if apart <= _SAME_CELL * spacing else None


def _vectors(lat: NDArray[Any], lon: NDArray[Any]) -> NDArray[np.float64]:
    """Points on the unit sphere (..., 3)."""
    phi, lam = np.deg2rad(lat.astype(np.float64)), np.deg2rad(lon.astype(np.float64))
    return np.stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)], axis=-1)


def _nearest(line: NDArray[Any], wanted: NDArray[Any], period: float | None) -> NDArray[np.int64] | None:
    """Index into ``line`` (n,) of the nearest value to each wanted one; None if one is a cell away."""
    line, wanted = line.astype(np.float64), wanted.astype(np.float64)
    if len(line) < 2:
        return None
    spacing = np.abs(np.diff(line)).min()
    along = line if period is None else np.concatenate([line % period + k * period for k in (-1, 0, 1)])
    wanted = wanted if period is None else wanted % period
    order = np.argsort(along)
    right = np.searchsorted(along[order], wanted).clip(1, len(along) - 1)
    pair = order[np.stack([right - 1, right])]
    apart = np.abs(along[pair] - wanted)
    if (apart.min(axis=0) > _SAME_CELL * spacing).any():
        return None
    return np.where(apart[0] <= apart[1], pair[0], pair[1]) % len(line)
