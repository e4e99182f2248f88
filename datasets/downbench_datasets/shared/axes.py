"""Which dim and which variable is what: by CF attributes and usual names, as cf_xarray knows them."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from functools import lru_cache
from typing import Any

import cf_xarray  # noqa: F401  registers the accessor ``cf``
import numpy as np
import xarray as xr
from cf_xarray.criteria import regex

from downbench import DIMS, UserError, unit_factor

_ROLES = {"T": "time", "time": "time", "Y": "y", "latitude": "y", "X": "x", "longitude": "x"}
# Names that neither CF nor cf_xarray has: tiles of a cubed sphere, model grids, projections.
_MORE_NAMES = {
    "valid_time": "time",
    "tile": "tile",
    "face": "tile",
    **{name: name[-2] for name in ("grid_yt", "grid_xt")},
    **{name: name[0] for name in ("yc", "xc", "y_coord", "x_coord", "ycoord", "xcoord")},
    "south_north": "y",
    "west_east": "x",
    "northing": "y",
    "easting": "x",
    **dict.fromkeys(("ny", "nj", "jy", "iy", "yt", "row", "rows", "lines", "ygrid", "lsmlat", "ypos"), "y"),
    **dict.fromkeys(("nx", "ni", "ix", "jx", "xt", "col", "cols", "column", "columns", "xgrid"), "x"),
    **dict.fromkeys(("pixels", "lsmlon", "xpos"), "x"),
    **{f"{axis}dim": axis for axis in "yx"},
    **{f"projection_{axis}_coordinate": axis for axis in "yx"},
    "datetime": "time",
    "date": "time",
}
_SURFACE = r"(?:nav_?|grid_?|geo_?|[xtcn])?{0}(?:_?(?:0|2d|m|t|c|rho|s))?"  # of oceans, WRF, MOM, NCL, radars
_GEOGRAPHIC = {
    "latitude": re.compile(_SURFACE.format(r"lat(?:itude|t)?")),
    "longitude": re.compile(_SURFACE.format(r"lon(?:gitude|g|t)?")),
}
_POINTING = {  # more units that point somewhere than CF has
    "latitude": re.compile(r"deg(ree)?s?[ _.]?n(orth)?"),
    "longitude": re.compile(r"deg(ree)?s?[ _.]?e(ast)?"),
}
_NUMBERED = re.compile(r"^(?:g\d+_)?([a-z]+)_?\d+$")  # lat_0, y_1 of wgrib2, g0_lat_1 of NCL
_SINCE = re.compile(r"\bsince\s+\d")
LINE_ALONG = {"lat": "y", "lon": "x"}  # the dim that a line of latitude or longitude lies along
_ELSEWHERE = ("rotated", "grid_latitude", "grid_longitude", "projection")  # not geographical


@lru_cache(maxsize=512)
def _kinds(attributes: tuple[tuple[str, str], ...]) -> frozenset[str]:
    """Axes and coordinates that CF attributes make a variable: of T, Y, X, time, latitude, longitude."""
    probe = xr.Dataset(coords={"probe": ((), 0, dict(attributes))}).cf
    return frozenset([*probe.axes, *probe.coordinates])


def _attributes(attrs: Mapping[Any, Any]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((str(key), value) for key, value in attrs.items() if isinstance(value, str)))


def _plain(name: Hashable) -> str:
    """A name in small letters, without what products hang on it: ``lat_coarse``, ``YDim:Grid`` of HDF-EOS."""
    return str(name).lower().split(":")[0].removesuffix("_coarse")


def role_of(dim: Hashable, coords: Mapping[Hashable, xr.DataArray]) -> str | None:
    """Which of time, tile, y and x a dim is: by its coordinate's attributes, or else by its name."""
    kinds = _kinds(_attributes(coords[dim].attrs)) if dim in coords else frozenset()
    by_attributes = {_ROLES[kind] for kind in kinds if kind in _ROLES}
    if len(by_attributes) == 1:
        return by_attributes.pop()
    if dim in coords and _SINCE.search(str(coords[dim].attrs.get("units", ""))):
        return "time"
    name = _plain(dim)
    stem = _NUMBERED.fullmatch(name)
    return _role_by_name(name) or (_role_by_name(stem[1]) if stem else None)


def _role_by_name(name: str) -> str | None:
    if name in _MORE_NAMES:
        return _MORE_NAMES[name]
    return next((role for kind, role in _ROLES.items() if regex[kind].fullmatch(name)), None)


def is_latitude(variable: xr.DataArray) -> bool:
    """Whether a variable is geographical latitude, whatever it is called."""
    return _is_geographic(variable, "latitude")


def is_longitude(variable: xr.DataArray) -> bool:
    """Whether a variable is geographical longitude, whatever it is called."""
    return _is_geographic(variable, "longitude")


def _is_geographic(variable: xr.DataArray, kind: str) -> bool:
    attrs, name = dict(_attributes(variable.attrs)), _plain(variable.name)
    said = f"{attrs.get('standard_name', '')} {attrs.get('long_name', '')}".lower()
    if any(word in said for word in _ELSEWHERE) or not np.issubdtype(variable.dtype, np.number):
        return False
    kinds = _kinds(_attributes(variable.attrs))
    other = "longitude" if kind == "latitude" else "latitude"
    if kind in kinds or attrs.get("standard_name") == kind:
        return True
    if other in kinds or attrs.get("standard_name", kind) != kind:
        return False
    units = attrs.get("units", "")
    if _POINTING[kind].fullmatch(units.lower()):
        return True
    in_degrees = units.lower().startswith(("deg", "rad"))
    if units and not in_degrees:
        return False
    axis = "Y" if kind == "latitude" else "X"
    named = bool(regex[kind].fullmatch(name) or _GEOGRAPHIC[kind].fullmatch(name)) or kind in said
    return named or (in_degrees and axis in kinds)


def geographic(source: xr.Dataset) -> dict[str, xr.DataArray]:
    """Latitude and longitude of a file as ``lat`` and ``lon`` [degrees], as far as it has them.

    Lines where there are some, else surfaces. Lines in y and x without units count where the file says by its
    grid mapping that they are latitude and longitude.
    """
    fields: dict[str, xr.DataArray] = {}
    for name, fits in (("lat", is_latitude), ("lon", is_longitude)):
        candidates = [source[key] for key in source.variables if source[key].ndim in (1, 2, 3)]
        candidates = [field for field in candidates if fits(field) and not _is_bounds(field, source)]
        candidates.sort(key=lambda field: (field.ndim, field.name not in field.dims))
        if not candidates and _mapped_to_degrees(source):
            lines = [source[dim] for dim in source.dims if dim in source.coords]
            candidates = [line for line in lines if role_of(line.name, source.coords) == LINE_ALONG[name]]
        if candidates:
            fields[name] = _in_degrees(candidates[0])
    return fields


def _in_degrees(field: xr.DataArray) -> xr.DataArray:
    units = str(field.attrs.get("units", ""))
    if not units or units.startswith("degree"):
        return field
    factor = unit_factor(units, "degrees")
    return field if factor in (None, 1.0) else (field * factor).assign_attrs(field.attrs)


def _is_bounds(field: xr.DataArray, source: xr.Dataset) -> bool:
    named = {str(source[key].attrs.get("bounds", "")) for key in source.variables}
    return str(field.name) in named or str(field.name).endswith(("_bnds", "_bounds"))


def _mapped_to_degrees(source: xr.Dataset) -> bool:
    mappings = {str(source[key].attrs.get("grid_mapping_name", "")) for key in source.variables} - {""}
    return mappings == {"latitude_longitude"}


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
