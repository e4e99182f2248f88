"""Latitude and longitude of cells of a projected grid, and radar composites of one frame in CF's form."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import Any

import dask
import dask.array as da
import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.interpolate import RectBivariateSpline

from downbench import UserError

Array = NDArray[np.floating]
_EVERY = 16  # cells between the nodes at which large grids are projected; cubic splines lie between them
_DIRECT = 1 << 14  # cells up to which each is projected


def geographic_surfaces(crs: Any, x: Array, y: Array, where: str) -> dict[str, xr.Variable]:
    """Latitude and longitude (y, x) of cells whose centres stand at x and y, lazily; empty without rasterio.

    Args:
        crs: whatever rasterio understands: PROJ's text, WKT, or an EPSG code.
        x: (nx,) in the units of the projection, evenly spaced.
        y: (ny,) likewise.
        where: it comes from, for messages.

    Raises:
        UserError: the projection cannot be understood.
    """
    try:
        from rasterio.crs import CRS
        from rasterio.errors import CRSError
    except ImportError:
        return {}
    try:
        wkt = CRS.from_user_input(crs).to_wkt()
    except (CRSError, ValueError) as error:
        raise UserError(f"{where}: the projection {crs!r} cannot be understood: {error}") from error
    lines = tuple(map(float, (x[0], x[-1], y[0], y[-1])))
    shape = (len(y), len(x))
    attrs = (
        {"standard_name": "latitude", "units": "degrees_north"},
        {"standard_name": "longitude", "units": "degrees_east"},
    )
    surfaces = {}
    for k, name in enumerate(("lat", "lon")):
        part = dask.delayed(partial(_surface, wkt, lines, shape, k))()
        surfaces[name] = xr.Variable(("y", "x"), da.from_delayed(part, shape, dtype=float), attrs[k])
    return surfaces


def _surface(wkt: str, lines: tuple[float, ...], shape: tuple[int, int], k: int) -> Array:
    return _surfaces(wkt, lines, shape)[k]


@lru_cache(maxsize=2)
def _surfaces(wkt: str, lines: tuple[float, ...], shape: tuple[int, int]) -> tuple[Array, Array]:
    """Latitude and longitude of a grid; of large ones at some nodes, with splines of directions between them.

    Neither a pole nor the date line is special to directions. Over 16 cells of 2 km the splines are right to
    a ten-thousandth of a cell.
    """
    x, y = np.linspace(lines[0], lines[1], shape[1]), np.linspace(lines[2], lines[3], shape[0])
    if shape[0] * shape[1] <= _DIRECT or min(shape) <= 4 * _EVERY:
        return _projected(wkt, x, y)
    at = [np.unique(np.append(np.arange(0, size, _EVERY), size - 1)) for size in shape]
    lat, lon = (np.deg2rad(field) for field in _projected(wkt, x[at[1]], y[at[0]]))
    directions = (np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat))
    east, north, up = (
        RectBivariateSpline(at[0], at[1], field)(np.arange(shape[0]), np.arange(shape[1]))
        for field in directions
    )
    return np.rad2deg(np.arctan2(up, np.hypot(east, north))), np.rad2deg(np.arctan2(north, east))


def _projected(wkt: str, x: Array, y: Array) -> tuple[Array, Array]:
    from rasterio.crs import CRS
    from rasterio.warp import transform

    across, along = np.meshgrid(x, y)
    lon, lat = transform(CRS.from_wkt(wkt), CRS.from_epsg(4326), across.ravel(), along.ravel())
    return np.reshape(lat, across.shape), np.reshape(lon, across.shape)


def plane(x: Array, y: Array) -> dict[str, xr.Variable]:
    """Lines x and y [m] of a projected grid."""
    return {
        name: xr.Variable(name, values, {"standard_name": f"projection_{name}_coordinate", "units": "m"})
        for name, values in (("y", y), ("x", x))
    }


def one_frame(
    field: NDArray[Any] | Any,
    attrs: dict[str, Any],
    bounds: tuple[np.datetime64, np.datetime64],
    lines: dict[str, xr.Variable],
) -> xr.Dataset:
    """A dataset in CF's form of one frame (1, y, x) of a radar composite.

    Args:
        field: the frame.
        attrs: of the rain: units, standard name, packing.
        bounds: beginning and end of its interval; equal where it is of a moment.
        lines: coordinates.
    """
    seconds = [int((moment - np.datetime64("1970-01-01")) / np.timedelta64(1, "s")) for moment in bounds]
    said = {"standard_name": "time", "units": "seconds since 1970-01-01", "calendar": "standard"}
    variables = {"precipitation": xr.Variable(("time", "y", "x"), field, attrs)}
    coordinates = {"time": xr.Variable("time", [seconds[1]], said), **lines}
    if seconds[0] == seconds[1]:
        variables["precipitation"].attrs["cell_methods"] = "time: point"
    else:
        coordinates["time"].attrs["bounds"] = "time_bnds"
        variables["time_bnds"] = xr.Variable(("time", "bnds"), [seconds])
    return xr.Dataset(variables, coordinates)
