"""Opening NetCDF files and zarr stores lazily, with their times and dims in the suite's form."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import cftime
import numpy as np
import xarray as xr
from numpy.typing import NDArray

from downbench import DIMS, UserError, clean_precipitation, to_mm_per_hour

_HALF_SECOND = timedelta(milliseconds=500)
ZARR_MARKS = (".zgroup", ".zmetadata", "zarr.json", ".zattrs")
NETCDF = (".nc", ".nc4", ".cdf", ".netcdf", ".h5")
_NAMES = {
    "time": ("time", "valid_time", "t"),
    "tile": ("tile", "face"),
    "y": ("y", "grid_yt", "grid_yt_coarse", "lat", "latitude", "rlat", "south_north", "nlat"),
    "x": ("x", "grid_xt", "grid_xt_coarse", "lon", "longitude", "rlon", "west_east", "nlon"),
}
_STANDARD = {
    "time": "time",
    "latitude": "y",
    "longitude": "x",
    "grid_latitude": "y",
    "grid_longitude": "x",
    "projection_y_coordinate": "y",
    "projection_x_coordinate": "x",
}


def is_zarr(path: Path) -> bool:
    """Whether ``path`` is a zarr group."""
    return path.is_dir() and any((path / mark).exists() for mark in ZARR_MARKS)


def is_netcdf(path: Path) -> bool:
    """Whether ``path`` is named like a NetCDF file."""
    return path.is_file() and path.suffix.lower() in NETCDF


def _consolidated(path: Path) -> bool:
    modern = path / "zarr.json"
    return (path / ".zmetadata").exists() or (
        modern.exists() and "consolidated_metadata" in modern.read_text()
    )


def open_store(path: Path, chunks: Mapping[str, int] | None = MappingProxyType({})) -> xr.Dataset:
    """Open a zarr group or a NetCDF file, lazily and with its times undecoded.

    Args:
        path: of the group or file.
        chunks: of dask; empty for those of the store, None for none.

    Raises:
        UserError: it cannot be opened.
    """
    own: Any = None if chunks is None else dict(chunks)
    try:
        if is_zarr(path):
            return xr.open_zarr(path, chunks=own, decode_times=False, consolidated=_consolidated(path))
        return xr.open_dataset(path, chunks=own, decode_times=False)
    except Exception as error:  # each engine raises its own
        raise UserError(f"{path} cannot be opened: {error}", "is it whole, and NetCDF or zarr?") from error


def decode_times(times: xr.DataArray, where: str) -> NDArray[np.datetime64]:
    """Times to the nearest second, whatever the calendar: a date keeps its year, month and day.

    Raises:
        UserError: no CF units, dates that do not exist, or times that do not increase.
    """
    values = times.to_numpy()
    if not np.issubdtype(values.dtype, np.datetime64):
        units, calendar = times.attrs.get("units", ""), times.attrs.get("calendar", "standard")
        try:
            dates = cftime.num2date(values, units, calendar, only_use_cftime_datetimes=True)
            text = [(date + _HALF_SECOND).isoformat(timespec="seconds") for date in np.ravel(dates)]
            values = np.array(text, "datetime64[s]")
        except (ValueError, TypeError, AttributeError, OverflowError) as error:
            raise UserError(
                f"{where}: its times cannot be read (units {units!r}, calendar {calendar!r}): {error}",
                "CF time units are needed, such as 'hours since 2000-01-01'",
            ) from error
    values = values.astype("datetime64[ns]")
    if np.isnat(values).any() or (np.diff(values) <= np.timedelta64(0)).any():
        raise UserError(
            f"{where}: its time axis does not increase", "sort it, and drop what stands there twice"
        )
    return values


def role_of(dim: Hashable, coords: Mapping[Hashable, xr.DataArray]) -> str | None:
    """Which of time, tile, y and x a dim is, by its coordinate's attributes or else by its name."""
    name = str(dim).lower()
    attrs = coords[dim].attrs if dim in coords else {}
    by_name = next((role for role, names in _NAMES.items() if name in names), None)
    by_axis = {"T": "time", "Y": "y", "X": "x"}.get(str(attrs.get("axis", "")))
    return by_axis or _STANDARD.get(str(attrs.get("standard_name", ""))) or by_name


def canonical(field: xr.DataArray, where: str) -> xr.DataArray:
    """Rename and order dims by name as (time, tile, y, x), as far as there are any; a region is one tile.

    Raises:
        UserError: a dim that is none of them and has more than one entry, or y or x is missing.
    """
    roles = {dim: role_of(dim, field.coords) for dim in field.dims}
    for dim, role in roles.items():
        if role is None and field.sizes[dim] == 1:
            field = field.isel({dim: 0}, drop=True)
        elif role is None or list(roles.values()).count(role) > 1:
            raise UserError(
                f"{where}: cannot tell what the dim {dim!r} of {field.name!r} is",
                "name dims time, tile, y and x (or lat and lon), or give them CF attributes",
            )
    tile = next((dim for dim, role in roles.items() if role == "tile"), None)
    if tile is not None and tile in field.coords:
        field = field.sortby(tile)  # tiles count from 0 or from 1
    field = field.drop_vars(list(field.coords))
    field = field.rename({dim: role for dim, role in roles.items() if role and dim in field.dims})
    missing = {"y", "x"} - set(field.dims)
    if missing:
        raise UserError(f"{where}: {field.name!r} has no dim for {' and '.join(sorted(missing))}")
    if "tile" not in field.dims:
        field = field.expand_dims("tile")
    return field.transpose(*(dim for dim in DIMS if dim in field.dims))


def with_times(field: xr.DataArray, source: xr.Dataset, where: str) -> xr.DataArray:
    """Give a canonical field its decoded times.

    Raises:
        UserError: no time dim or no readable times.
    """
    if "time" not in field.dims:
        raise UserError(f"{where}: {field.name!r} has no time dim", "sequences need one")
    dim = next(dim for dim in source[field.name].dims if role_of(dim, source.coords) == "time")
    if dim not in source.coords and dim not in source.variables:
        raise UserError(f"{where}: the time dim has no coordinate", "sequences need times")
    return field.assign_coords(time=decode_times(source[dim], where))


def rain_of(source: xr.Dataset, name: str, where: str) -> xr.DataArray:
    """Rain in mm/h, float32 with all four dims, cleaned when it is read.

    Raises:
        UserError: unknown units; dims or times that cannot be made out.
    """
    variable = source[name]
    factor = to_mm_per_hour(str(variable.attrs.get("units", "")), f"{where}, variable {name!r}")
    field = with_times(canonical(variable, where), source, where)
    rain = clean_precipitation(field.astype(np.float32) * np.float32(factor), where)
    return rain.assign_attrs(units="mm h-1").rename("precipitation")
