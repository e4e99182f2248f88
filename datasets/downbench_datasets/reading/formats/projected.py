"""Latitude and longitude of cells of a projected grid, by the projection that a file names."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from downbench import UserError

Array = NDArray[np.floating]


def geographic_surfaces(crs: Any, x: Array, y: Array, where: str) -> dict[str, xr.Variable]:
    """Latitude and longitude (y, x) of cells whose centres stand at x and y; empty without the library.

    Args:
        crs: whatever rasterio understands: PROJ's text, WKT, or an EPSG code.
        x: (nx,) in the units of the projection.
        y: (ny,).
        where: it comes from, for messages.

    Raises:
        UserError: the projection cannot be understood.
    """
    try:
        from rasterio.crs import CRS
        from rasterio.errors import CRSError
        from rasterio.warp import transform
    except ImportError:
        return {}
    across, along = np.meshgrid(x, y)
    try:
        source = CRS.from_user_input(crs)
        lon, lat = transform(source, CRS.from_epsg(4326), across.ravel().tolist(), along.ravel().tolist())
    except (CRSError, ValueError) as error:
        raise UserError(f"{where}: the projection {crs!r} cannot be understood: {error}") from error
    shape = across.shape
    return {
        "lat": xr.Variable(
            ("y", "x"), np.reshape(lat, shape), {"standard_name": "latitude", "units": "degrees_north"}
        ),
        "lon": xr.Variable(
            ("y", "x"), np.reshape(lon, shape), {"standard_name": "longitude", "units": "degrees_east"}
        ),
    }


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
