"""A grid over the whole globe."""

from __future__ import annotations

import numpy as np
import xarray as xr

DIMS = ("tile", "y", "x")


def globe(first: float = -179.0, step: float = 2.0) -> xr.Dataset:
    """Latitudes and longitudes (tile, y, x), north first, whose longitudes begin at ``first``."""
    lat, lon = np.meshgrid(np.arange(89.0, -90, -step), first + np.arange(0, 360, step), indexing="ij")
    return xr.Dataset({"lat": (DIMS, lat[None]), "lon": (DIMS, lon[None])})
