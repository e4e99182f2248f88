"""Static fields of the fine grid, taken as they are found or worked out from the grid."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from downbench_datasets.shared.cubed_sphere import EARTH_RADIUS, TILES, cubed_sphere
from downbench_datasets.shared.stores import canonical

_ALIASES = {
    "topography": ("topography", "zsurf", "HGTsfc", "orography", "orog", "surface_altitude", "z"),
    "land_fraction": ("land_fraction", "land_frac", "land_sea_mask", "lsm", "sftlf"),
    "area": ("area", "cell_area", "areacella"),
    "lat": ("lat", "latitude", "grid_lat", "grid_latt"),
    "lon": ("lon", "longitude", "grid_lon", "grid_lont"),
}
_UNITS = {
    "topography": "m",
    "land_fraction": "1",
    "area": "m2",
    "lat": "degrees_north",
    "lon": "degrees_east",
}
_CUBED_SPHERES = (384, 48)
STATIC_DIMS = ("tile", "y", "x")


def _broadcast(name: str, field: xr.DataArray, shape: tuple[int, ...]) -> NDArray[np.float32] | None:
    """Values on the fine grid (tile, y, x), or None where the field is of another grid."""
    values = field
    if field.ndim == 1 and name in ("lat", "lon"):
        line = np.asarray(field.to_numpy(), np.float32)
        column = line[:, None] if name == "lat" else line[None, :]
        if len(line) != shape[1 if name == "lat" else 2]:
            return None
        return np.broadcast_to(column, shape).copy()
    if field.ndim < 2:
        return None
    values = canonical(field, name)
    if "time" in values.dims:
        values = values.isel(time=0)
    return np.asarray(values.to_numpy(), np.float32) if values.shape == shape else None


def _regular(values: NDArray[np.float64]) -> float | None:
    """The even spacing of a line, or None."""
    steps = np.abs(np.diff(values))
    return float(steps.mean()) if len(steps) and np.ptp(steps) < 0.01 * steps.mean() else None


def _lat_lon_area(lat: NDArray[np.float32], lon: NDArray[np.float32]) -> NDArray[np.float32] | None:
    """Cell areas (tile, y, x) in m2 of a regular grid in latitude and longitude; None on other grids."""
    if np.ptp(lat, axis=-1).max() > 0 or np.ptp(lon, axis=-2).max() > 0:
        return None
    high, wide = (
        _regular(lat[0, :, 0].astype(float)),
        _regular(np.unwrap(lon[0, 0].astype(float), period=360)),
    )
    if high is None or wide is None:
        return None
    cells = np.cos(np.deg2rad(lat.astype(float))) * np.deg2rad(high) * np.deg2rad(wide) * EARTH_RADIUS**2
    return np.maximum(cells, 1).astype(np.float32)


def static_fields(sources: Iterable[xr.Dataset], shape: tuple[int, ...]) -> xr.Dataset:
    """Collect topography, land fraction, area, latitude and longitude of the fine grid.

    Args:
        sources: where to look, the first that has a field wins.
        shape: of the fine grid, (tile, y, x).

    Returns:
        What was found, (tile, y, x) float32. On the whole cubed spheres C384 and C48, area, latitude and
        longitude are worked out where they are missing, and areas also on regular grids in latitude and
        longitude.
    """
    found: dict[str, NDArray[np.float32]] = {}
    for source in sources:
        for name, aliases in _ALIASES.items():
            for alias in aliases:
                variable = next((source[key] for key in (alias, f"{alias}_coarse") if key in source), None)
                if name in found or variable is None:
                    continue
                values = _broadcast(name, variable, shape)
                if values is not None:
                    found[name] = values
    if shape[0] == TILES and shape[1] == shape[2] and shape[1] in _CUBED_SPHERES:
        grid = cubed_sphere(shape[1])
        for name in ("area", "lat", "lon"):
            found.setdefault(name, grid[name].to_numpy().astype(np.float32))
    if "area" not in found and "lat" in found and "lon" in found:
        area = _lat_lon_area(found["lat"], found["lon"])
        if area is not None:
            found["area"] = area
    if "topography" in found:
        found["topography"] = np.nan_to_num(found["topography"])
    return xr.Dataset(
        {name: (STATIC_DIMS, found[name], {"units": _UNITS[name]}) for name in _ALIASES if name in found}
    )
