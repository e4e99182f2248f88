"""Latitude and longitude of grids that have none of their own, by the grid mapping that CF gives them.

Area weights, regions and maps rest on latitude and longitude. Rotated grids are turned back here; projected
ones need PROJ, which the extra ``radar`` brings.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from contextlib import suppress
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from downbench import UserError, unit_factor
from downbench_datasets.reading.formats.projected import geographic_surfaces
from downbench_datasets.shared.axes import geographic, role_of

Array = NDArray[np.floating]
_ROTATED = "rotated_latitude_longitude"
_PROJ = {  # CF conventions, appendix F
    "albers_conical_equal_area": "aea",
    "lambert_azimuthal_equal_area": "laea",
    "lambert_conformal_conic": "lcc",
    "mercator": "merc",
    "polar_stereographic": "stere",
    "stereographic": "stere",
    "transverse_mercator": "tmerc",
}
_PARAMETERS = {
    "latitude_of_projection_origin": "lat_0",
    "longitude_of_projection_origin": "lon_0",
    "longitude_of_central_meridian": "lon_0",
    "straight_vertical_longitude_from_pole": "lon_0",
    "scale_factor_at_projection_origin": "k_0",
    "scale_factor_at_central_meridian": "k_0",
    "false_easting": "x_0",
    "false_northing": "y_0",
    "semi_major_axis": "a",
    "semi_minor_axis": "b",
    "inverse_flattening": "rf",
    "earth_radius": "R",
}
_TEXTS = ("crs_wkt", "spatial_ref", "proj4", "proj4_params", "proj4text", "proj4string")
_RADIUS = 6371229.0  # m, of a sphere whose radius a file leaves out
_EVEN = 1e-3  # of a cell: how far lines of a projected grid may be off even steps


def with_surfaces(source: xr.Dataset, where: str) -> xr.Dataset:
    """A dataset with latitude and longitude (y, x) of its cells, where its grid mapping gives them.

    Args:
        source: in CF's form.
        where: it comes from, for messages.

    Returns:
        The same dataset where it has them already, or no mapping that can be understood.
    """
    mapping = _mapping(source)
    if mapping is None or set(geographic(source)) & {"lat", "lon"}:
        return source
    lines = _lines(source)
    if lines is None:
        return source
    (y, x), dims = lines, tuple(line.dims[0] for line in lines)
    surfaces: Mapping[str, xr.Variable] = {}
    if mapping["grid_mapping_name"] == _ROTATED:
        lat, lon = turned_back(y.to_numpy().astype(float), x.to_numpy().astype(float), mapping)
        surfaces = {"lat": _variable("latitude", lat), "lon": _variable("longitude", lon)}
    else:
        along, across = _metres(y), _metres(x)
        if along is not None and across is not None:
            with suppress(UserError):  # such a file is read all the same, with cells of equal weight
                surfaces = geographic_surfaces(projection_of(mapping), across, along, where)
    return source.assign_coords(
        {f"{name}_of_cells": (dims, each.data, each.attrs) for name, each in surfaces.items()}
    )


def turned_back(y: Array, x: Array, mapping: Mapping[str, Any]) -> tuple[Array, Array]:
    """Latitude and longitude (y, x) [degrees] of cells on a rotated grid.

    Args:
        y: rotated latitude [degrees].
        x: rotated longitude [degrees].
        mapping: attributes of the grid mapping (CF conventions, appendix F: rotated pole).
    """
    pole, meridian, own = (
        float(np.ravel(mapping.get(key, default))[0])
        for key, default in (
            ("grid_north_pole_latitude", 90.0),
            ("grid_north_pole_longitude", 0.0),
            ("north_pole_grid_longitude", 0.0),
        )
    )
    phi, lam = np.deg2rad(y)[:, None], np.deg2rad(x - own)[None]
    up, out = np.sin(np.deg2rad(pole)), np.cos(np.deg2rad(pole))
    across = -np.cos(phi) * np.sin(lam)
    along = out * np.sin(phi) - up * np.cos(phi) * np.cos(lam)
    height = up * np.sin(phi) + out * np.cos(phi) * np.cos(lam)
    lon = (meridian + np.rad2deg(np.arctan2(across, along)) + 180) % 360 - 180
    return np.rad2deg(np.arcsin(np.clip(height, -1, 1))), lon


def projection_of(mapping: Mapping[str, Any]) -> str:
    """The projection of a grid mapping, as the file spells it for PROJ, or else of CF's parameters."""
    for key in _TEXTS:
        if str(mapping.get(key, "")).strip():
            return str(mapping[key])
    name = str(mapping["grid_mapping_name"])
    numbers = {key: float(np.ravel(mapping[key])[0]) for key in _PARAMETERS if key in mapping}
    parallels = np.ravel(mapping.get("standard_parallel", ())).astype(float)
    if name == "polar_stereographic":  # the pole on the side of the parallel, where a file leaves it out
        south = parallels.size and parallels[0] < 0
        numbers.setdefault("latitude_of_projection_origin", -90.0 if south else 90.0)
    if not numbers.get("inverse_flattening", 1.0):  # of a sphere
        del numbers["inverse_flattening"]
        numbers["semi_minor_axis"] = numbers.setdefault("semi_major_axis", _RADIUS)
    at = ("lat_ts",) if name in ("mercator", "polar_stereographic") else ("lat_1", "lat_2")
    words = [f"+proj={_PROJ[name]}"]
    words += [f"+{_PARAMETERS[key]}={value:.12g}" for key, value in numbers.items()]
    words += [f"+{key}={value:.12g}" for key, value in zip(at, parallels, strict=False)]
    if not {"semi_major_axis", "earth_radius"} & numbers.keys():
        words.append("+ellps=WGS84")
    return " ".join([*words, "+units=m", "+no_defs"])


def _mapping(source: xr.Dataset) -> Mapping[str, Any] | None:
    """Attributes of the one grid mapping that is understood; None where there is none, or several."""
    mappings = [
        source[name].attrs
        for name in source.variables
        if source[name].attrs.get("grid_mapping_name") in (_ROTATED, *_PROJ)
    ]
    return mappings[0] if len(mappings) == 1 else None


def _lines(source: xr.Dataset) -> tuple[xr.DataArray, xr.DataArray] | None:
    """The lines along y and x that fields lie on; None where there is not one of each."""
    by_role: dict[str, list[Hashable]] = {"y": [], "x": []}
    for dim in source.dims:
        if dim in source.variables and (role := role_of(dim, source.coords)) in by_role:
            by_role[role].append(dim)
    if any(len(names) != 1 or source[names[0]].dtype.kind not in "iuf" for names in by_role.values()):
        return None
    return source[by_role["y"][0]], source[by_role["x"][0]]


def _metres(line: xr.DataArray) -> Array | None:
    """A line of a projected grid in metres; None where it is of another unit, or not evenly spaced."""
    factor = unit_factor(str(line.attrs.get("units", "")), "m")
    values = line.to_numpy().astype(float)
    if factor is None or values.size < 2:
        return None
    even = np.linspace(values[0], values[-1], values.size)
    if values[0] == values[-1] or abs(values - even).max() > _EVEN * abs(even[1] - even[0]):
        return None
    return values * factor


def _variable(name: str, values: Array) -> xr.Variable:
    unit = "degrees_north" if name == "latitude" else "degrees_east"
    return xr.Variable(("y", "x"), values, {"standard_name": name, "units": unit})
