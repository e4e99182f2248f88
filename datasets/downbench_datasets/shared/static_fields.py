"""Static fields of the fine grid, as files have them or worked out from the grid."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from downbench import UserError, unit_factor
from downbench_datasets.shared.axes import LINE_ALONG, canonical, geographic, role_of
from downbench_datasets.shared.cubed_sphere import EARTH_RADIUS, TILES, cubed_sphere
from downbench_datasets.shared.undeclared import without_marks

STATIC_DIMS = ("tile", "y", "x")
_UNITS = {
    "topography": "m",
    "land_fraction": "1",
    "area": "m2",
    "lat": "degrees_north",
    "lon": "degrees_east",
}
_NAMES = {  # with or without "_coarse" behind
    "topography": (
        "topography",
        "zsurf",
        "HGTsfc",
        "orography",
        "orog",
        "surface_altitude",
        "HGT",
        "hgt",
        "elevation",
        "elev",
        "altitude",
        "DEM",
        "dem",
        "HSURF",
        "hsurf",
        "PHIS",
        "phis",
        "z",
    ),
    "land_fraction": (
        "land_fraction",
        "land_frac",
        "land_sea_mask",
        "lsm",
        "sftlf",
        "LANDMASK",
        "landmask",
        "XLAND",
    ),
    "area": ("area", "cell_area", "areacella"),
}
_OTHERWISE = ("elevation", "elev", "altitude", "HGT", "hgt")  # names of angles and of levels, too
_STANDARD_NAMES = {
    "topography": ("surface_altitude", "surface_geopotential", "geopotential"),
    "land_fraction": ("land_area_fraction", "land_binary_mask"),
    "area": ("cell_area",),
}
_GRAVITY = "9.80665 m s-2"
_LIMITS = {"topography": (-12000, 9000), "land_fraction": (-0.01, 1.01)}  # beyond, the units are wrong
_CUBED_SPHERES = (384, 48)
_ROWS = 256  # of a curved grid whose areas are worked out at once


def static_fields(sources: Iterable[xr.Dataset], shape: tuple[int, ...]) -> xr.Dataset:
    """Collect topography, land fraction, area, latitude and longitude of the fine grid.

    Args:
        sources: where to look, the first that has a field wins.
        shape: of the fine grid, (tile, y, x).

    Returns:
        What there is, (tile, y, x) float32, in metres, fractions, square metres and degrees. On the whole
        cubed spheres C384 and C48, area, latitude and longitude are worked out where they are missing, and
        areas also wherever latitude and longitude are known.

    Raises:
        UserError: a field whose units are not those of such a field.
    """
    fields: dict[str, NDArray[np.float32]] = {}
    for source in sources:
        for name, variable in _candidates(source):
            if name not in fields and (values := _on_grid(name, variable, shape)) is not None:
                fields[name] = values
    if shape[0] == TILES and shape[1] == shape[2] and shape[1] in _CUBED_SPHERES:
        grid = cubed_sphere(shape[1])
        for name in ("area", "lat", "lon"):
            fields.setdefault(name, grid[name].to_numpy().astype(np.float32))
    if "area" not in fields and "lat" in fields and "lon" in fields:
        area = _area(fields["lat"], fields["lon"])
        if area is not None:
            fields["area"] = area
    if "topography" in fields:
        fields["topography"] = np.nan_to_num(fields["topography"])
    return xr.Dataset(
        {name: (STATIC_DIMS, fields[name], {"units": _UNITS[name]}) for name in _UNITS if name in fields}
    )


def _candidates(source: xr.Dataset) -> list[tuple[str, xr.DataArray]]:
    """Names of static fields with the variables that may be them: those of a usual name come first."""
    candidates = []
    for name, usual in _NAMES.items():
        keys = [key for each in usual for key in (each, f"{each}_coarse") if key in source]
        keys += [
            key
            for key in map(str, source.variables)
            if source[key].attrs.get("standard_name") in _STANDARD_NAMES[name] and key not in keys
        ]
        candidates += [(name, source[key]) for key in keys]
    return candidates + list(geographic(source).items())


def _on_grid(name: str, field: xr.DataArray, shape: tuple[int, ...]) -> NDArray[np.float32] | None:
    """Values on the fine grid (tile, y, x) in the suite's units; None where the field is of another grid."""
    if field.ndim == 1 and name in LINE_ALONG:
        line = np.asarray(field.to_numpy(), np.float32)
        column = line[:, None] if name == "lat" else line[None, :]
        if len(line) != shape[1 if name == "lat" else 2]:
            return None
        return np.broadcast_to(column, shape).copy()
    if field.ndim < 2 or field.dtype.kind not in "biuf" or _has_levels(field):
        return None
    values = canonical(field, name)
    if "time" in values.dims:
        if not values.isel(time=0, drop=True).equals(values.isel(time=-1, drop=True)):
            return None  # a field that changes, such as the geopotential of a level
        values = values.isel(time=0)
    if values.shape != shape or (field.name == "z" and not field.attrs.get("units")):
        return None
    try:
        return _in_suite_units(name, field, without_marks(np.asarray(values.to_numpy(), np.float32)))
    except UserError:
        if field.name in _OTHERWISE:
            return None
        raise


def _has_levels(field: xr.DataArray) -> bool:
    return any(field.sizes[dim] > 1 and role_of(dim, field.coords) is None for dim in field.dims)


def _in_suite_units(name: str, field: xr.DataArray, values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Heights in metres (of geopotential too), fractions as fractions.

    Raises:
        UserError: other units, or values that no place on Earth has.
    """
    if field.name == "XLAND":  # WRF's: 1 on land, 2 on water
        values = 2 - values
    units = str(field.attrs.get("units", "")).strip()
    factor: float | None = 1.0
    if units and units != _UNITS[name] and name not in LINE_ALONG:
        factor = unit_factor(units, _UNITS[name])
        if factor is None and name == "topography":
            factor = unit_factor(f"({units}) / ({_GRAVITY})", "m")
    low, high = _LIMITS.get(name, (-np.inf, np.inf))
    made = values if factor in (None, 1.0) else (values * np.float32(factor)).astype(np.float32)
    valid = made[np.isfinite(made)]
    if factor is None or (valid.size and not (valid.min() >= low and valid.max() <= high)):
        extent = f"{valid.min():g} to {valid.max():g}" if valid.size else "no values"
        raise UserError(
            f"{name.replace('_', ' ')} in the variable {field.name!r} ({extent}) does not have the units "
            f"{units or 'of ' + _UNITS[name]!r} as it should",
            f"convert it to {_UNITS[name]}, and say so in its attribute units; or rename the variable",
        )
    return made


def _area(lat: NDArray[np.float32], lon: NDArray[np.float32]) -> NDArray[np.float32] | None:
    """Cell areas (tile, y, x) in m2 by latitude and longitude of the centres; None where they do not tell.

    On grids of latitudes and longitudes, cells end half-way between centres and at the poles. On curved ones
    (projected, rotated, a cubed sphere), an area is the product of the steps along y and x on the sphere.
    """
    if not (np.isfinite(lat).all() and np.isfinite(lon).all()) or min(lat.shape[1:]) < 2:
        return None
    if np.ptp(lat, axis=-1).max() == 0 and np.ptp(lon, axis=-2).max() == 0:
        high = np.abs(np.diff(np.sin(np.deg2rad(_edges(lat[0, :, 0].astype(float), 90.0)))))
        wide = np.abs(np.diff(np.deg2rad(_edges(np.unwrap(lon[0, 0].astype(float), period=360), np.inf))))
        cells = EARTH_RADIUS**2 * high[:, None] * wide[None]
        return np.broadcast_to(np.maximum(cells, 1), lat.shape).astype(np.float32)
    if min(lat.shape[1:]) < 3:
        return None
    return np.stack([_curved_area(*tile) for tile in zip(lat, lon, strict=True)])


def _edges(centres: NDArray[np.float64], end: float) -> NDArray[np.float64]:
    """Edges half-way between centres, none beyond plus or minus ``end``."""
    middles = (centres[1:] + centres[:-1]) / 2
    edges = np.concatenate([[2 * centres[0] - middles[0]], middles, [2 * centres[-1] - middles[-1]]])
    return np.clip(edges, -end, end)


def _curved_area(lat: NDArray[np.float32], lon: NDArray[np.float32]) -> NDArray[np.float32]:
    """Areas (y, x) in m2 of cells of one tile, some rows at a time."""
    area = np.empty(lat.shape, np.float32)
    for first in range(0, len(lat), _ROWS):
        start, end = max(0, first - 2), min(len(lat), first + _ROWS + 2)
        start = max(0, min(start, end - 3))
        phi, lam = (np.deg2rad(field[start:end].astype(float)) for field in (lat, lon))
        points = np.stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)], -1)
        along, across = (np.gradient(points, axis=axis, edge_order=2) for axis in (0, 1))
        part = EARTH_RADIUS**2 * np.linalg.norm(np.cross(along, across), axis=-1)
        area[first : first + _ROWS] = part[first - start :][: min(_ROWS, len(lat) - first)]
    return np.maximum(area, 1)
