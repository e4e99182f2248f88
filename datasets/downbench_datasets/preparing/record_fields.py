"""A record of rain with its grid and its intervals, as one dataset that can be cut and written."""

from __future__ import annotations

import numpy as np
import xarray as xr

from downbench_datasets.reading.record import RainRecord
from downbench_datasets.shared.grids import Coordinate

_METHODS = {"instant": "time: point"}


def fields_of(record: RainRecord) -> xr.Dataset:
    """Rain (time, tile, y, x) with what is said of its places and times.

    Returns:
        ``precipitation`` in mm/h, lazy; ``time_bnds``; lines ``y`` and ``x``; ``lat`` and ``lon`` as lines on
        regular grids, else (tile, y, x); topography and land fraction; the grid mapping of the files.
    """
    rain = record.rain
    grid = next(iter(record.grids.values()), {})
    fields = xr.Dataset({"precipitation": rain.drop_vars([n for n in rain.coords if n != "time"])})
    fields["precipitation"].attrs["cell_methods"] = _METHODS.get(record.stamp, "time: mean")
    fields = fields.assign_coords(_places(grid, record))
    for name in ("topography", "land_fraction"):
        if name in record.static:
            fields[name] = record.static[name]
    if len(record.bounds) == rain.sizes["time"] and not np.isnat(record.bounds).any():
        fields["time_bnds"] = (("time", "bnds"), record.bounds)
        fields["time"].attrs["bounds"] = "time_bnds"
    return _with_mapping(fields, record)


def _places(grid: dict[str, Coordinate], record: RainRecord) -> dict[str, xr.Variable]:
    """Lines and surfaces; a line of longitude along x means that the grid is regular."""
    rain = record.rain
    places: dict[str, xr.Variable] = {}
    regular = "x" in grid and grid["x"].is_longitude and "y" in grid
    for dim in ("y", "x"):
        if dim in grid and grid[dim].values.shape == (rain.sizes[dim],):
            name = {"y": "lat", "x": "lon"}[dim] if regular else dim
            places[name] = xr.Variable(dim, grid[dim].values, _ATTRIBUTES[name])
    for name in ("lat", "lon"):
        if name in places or name not in record.static:
            continue
        surface = record.static[name]
        along = "y" if name == "lat" else "x"
        if regular or _is_line(surface, along):
            line = surface.isel({dim: 0 for dim in surface.dims if dim != along})
            places[name] = xr.Variable(along, line.to_numpy(), _ATTRIBUTES[name])
        else:
            places[name] = xr.Variable(("tile", "y", "x"), surface.to_numpy(), _ATTRIBUTES[name])
    return places


def _is_line(surface: xr.DataArray, along: str) -> bool:
    others = [dim for dim in surface.dims if dim != along]
    first = surface.isel(dict.fromkeys(others, 0))
    return bool((surface == first).all())


_ATTRIBUTES = {
    "y": {"standard_name": "projection_y_coordinate", "units": "m", "axis": "Y"},
    "x": {"standard_name": "projection_x_coordinate", "units": "m", "axis": "X"},
    "lat": {"standard_name": "latitude", "units": "degrees_north"},
    "lon": {"standard_name": "longitude", "units": "degrees_east"},
}


def _with_mapping(fields: xr.Dataset, record: RainRecord) -> xr.Dataset:
    """Carry the projection on, where a file names one."""
    for source in record.sources.values():
        if record.variable not in source:
            continue
        name = str(source[record.variable].attrs.get("grid_mapping", ""))
        if name in source.variables and source[name].ndim == 0:
            fields["crs"] = xr.Variable((), np.int32(0), source[name].attrs)
            fields["precipitation"].attrs["grid_mapping"] = "crs"
        return fields
    return fields
