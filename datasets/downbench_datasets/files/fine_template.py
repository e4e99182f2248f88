"""What a fine field made of a coarse file has besides its values: coordinates, times, grid mapping."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import cftime
import numpy as np
import xarray as xr
from numpy.typing import NDArray

from downbench_datasets.files.fine_grid import (
    along,
    cell_bounds,
    refine_geotransform,
    refine_line,
    refine_sphere,
    unwrap,
    wrap,
)
from downbench_datasets.shared.stores import decode_times

LATITUDES, LONGITUDES = (
    ("lat", "latitude", "grid_latt", "nav_lat"),
    ("lon", "longitude", "grid_lont", "nav_lon"),
)
_SPATIAL = ("latitude", "longitude", "projection_y_coordinate", "projection_x_coordinate", "grid_latitude")
_LINES = (*LATITUDES, *LONGITUDES, "x", "y", "xc", "yc", "rlat", "rlon")
_STALE = ("bounds", "actual_range", "valid_range", "valid_min", "valid_max", "_FillValue", "missing_value")
_STANDARD = ("", "standard", "gregorian", "proleptic_gregorian")
Dims = Mapping[str, Hashable]  # of time, tile, y and x: how a file calls them


def is_latitude(variable: xr.DataArray) -> bool:
    """Whether a coordinate is geographical latitude."""
    return variable.attrs.get("standard_name", "latitude") == "latitude" and _named(variable, LATITUDES)


def is_longitude(variable: xr.DataArray) -> bool:
    """Whether a coordinate is geographical longitude."""
    return variable.attrs.get("standard_name", "longitude") == "longitude" and _named(variable, LONGITUDES)


def _named(variable: xr.DataArray, names: tuple[str, ...]) -> bool:
    known = str(variable.attrs.get("standard_name", "")) in names
    return known or str(variable.name).lower().removesuffix("_coarse") in names


def kept(attrs: Mapping[Any, Any]) -> dict[str, Any]:
    """Attributes that are as true of the fine coordinate as of the coarse one."""
    return {str(name): value for name, value in attrs.items() if name not in _STALE}


def fine_coordinates(source: xr.Dataset, dims: Dims, factor: int) -> dict[str, xr.Variable]:
    """Coordinates of the fine grid with bounds: lines in y or x, and surfaces of latitude and longitude.

    Raises:
        UserError: a line that turns back, or a single cell without bounds.
    """
    found: dict[str, xr.Variable] = {}
    plane = [dim for role in ("tile", "y", "x") if (dim := dims.get(role)) is not None]
    lines = {dims["y"], dims["x"]}
    for key, variable in source.variables.items():
        field = source[key]
        if not np.issubdtype(variable.dtype, np.number):
            continue
        if variable.ndim == 1 and variable.dims[0] in lines and _is_line(field):
            found |= _line(source, field, factor)
        elif variable.dims == (dims.get("tile"),) and key == dims.get("tile"):
            found[str(key)] = variable.copy()
    surfaces = [source[key] for key in source.variables if _on(source[key], plane)]
    latitude = next((field for field in surfaces if is_latitude(field)), None)
    longitude = next((field for field in surfaces if is_longitude(field)), None)
    if latitude is not None and longitude is not None:
        lat, lon = (field.transpose(*plane, missing_dims="ignore") for field in (latitude, longitude))
        values = refine_sphere(
            lat.to_numpy().astype(float), lon.to_numpy().astype(float), factor, str(lat.name)
        )
        for field, fine in zip((lat, lon), values, strict=True):
            found[str(field.name)] = xr.Variable(field.dims, fine, kept(field.attrs))
    return found


def _is_line(field: xr.DataArray) -> bool:
    named = str(field.name).lower() in _LINES or field.attrs.get("standard_name") in _SPATIAL
    return named or field.name in field.dims


def _on(field: xr.DataArray, plane: list[Hashable]) -> bool:
    return field.ndim >= 2 and set(plane[-2:]) <= set(field.dims) <= set(plane)


def _line(source: xr.Dataset, field: xr.DataArray, factor: int) -> dict[str, xr.Variable]:
    name, dim = str(field.name), field.dims[0]
    centres = field.to_numpy().astype(np.float64)
    degrees = is_longitude(field)
    straight = unwrap(centres) if degrees else centres
    own = str(field.attrs.get("bounds", f"{name}_bnds"))
    given = source.variables.get(own)
    if given is not None and given.shape == (len(centres), 2):
        bounds = given.to_numpy().astype(np.float64)
        if degrees:  # on the same turn as the centres
            bounds = bounds + 360 * np.round((straight - bounds.mean(1)) / 360)[:, None]
        bounds, vertices = along(bounds, straight), given.dims[1]
    else:
        bounds, vertices = cell_bounds(straight, name, is_latitude(field)), "bnds"
    fine, fine_bounds = refine_line(bounds, factor)
    if degrees and not np.array_equal(straight, centres):
        turned = wrap(fine, centres)
        fine, fine_bounds = turned, fine_bounds + (turned - fine)[:, None]
    attrs = kept(field.attrs) | {"bounds": own}
    return {name: xr.Variable(dim, fine, attrs), own: xr.Variable((dim, vertices), fine_bounds)}


def encode_times(
    times: NDArray[np.datetime64], origin: np.datetime64, attrs: Mapping[Any, Any]
) -> tuple[NDArray[np.int64], dict[str, str]]:
    """Whole seconds since ``origin`` in the calendar of ``attrs``, with the units and calendar to say so."""
    calendar = str(attrs.get("calendar", ""))
    start = str(origin.astype("datetime64[s]")).replace("T", " ")
    said = {"units": f"seconds since {start}", "calendar": calendar or "standard"}
    if calendar.lower() in _STANDARD:
        return (times - origin).astype("timedelta64[s]").astype(np.int64), said
    parts = [tuple(int(n) for n in _numbers(time)) for time in times.ravel()]
    dates = [cftime.datetime(*part, calendar=calendar) for part in parts]
    return np.asarray(cftime.date2num(dates, said["units"], calendar)).astype(np.int64), said


def _numbers(time: np.datetime64) -> list[str]:
    return str(time.astype("datetime64[s]")).replace("T", "-").replace(":", "-").split("-")


def fine_times(
    sources: list[xr.Dataset], dims: Dims, times: NDArray[np.datetime64], where: str
) -> dict[str, xr.Variable]:
    """Times, and their bounds where every file of the series has them, as numbers with CF units."""
    dim = dims["time"]
    axis = sources[0][dim]
    values, said = encode_times(times, times[0], axis.attrs)
    attrs = {"standard_name": "time"} | kept({k: v for k, v in axis.attrs.items() if k not in said}) | said
    own = str(axis.attrs.get("bounds", f"{dim}_bnds"))
    found = {str(dim): xr.Variable((dim,), values, attrs)}
    if all(own in source.variables and source[own].shape == (source.sizes[dim], 2) for source in sources):
        ends = [
            np.concatenate([_decoded(source, own, dim, end, where) for source in sources]) for end in (0, 1)
        ]
        ends = [end[np.argsort(ends[1], kind="stable")] for end in ends]
        if len(ends[0]) == len(times):
            numbers = [encode_times(end, times[0], axis.attrs)[0] for end in ends]
            vertices = sources[0][own].dims[1]
            found[own] = xr.Variable((dim, vertices), np.stack(numbers, 1))
            found[str(dim)].attrs["bounds"] = own
    return found


def _decoded(source: xr.Dataset, name: str, dim: Hashable, end: int, where: str) -> NDArray[np.datetime64]:
    column = source[name][:, end]
    told = {key: source[dim].attrs[key] for key in ("units", "calendar") if key in source[dim].attrs}
    return decode_times(column.assign_attrs(told | dict(column.attrs)), f"{where}, {name}")


def grid_mapping(source: xr.Dataset, field: xr.DataArray, factor: int) -> tuple[str, dict[str, xr.Variable]]:
    """The attribute ``grid_mapping`` of a field, and the variables that it names, for the fine grid."""
    text = str(field.attrs.get("grid_mapping") or field.encoding.get("grid_mapping") or "")
    if not text:
        marks = ("grid_mapping_name", "crs_wkt", "spatial_ref")
        text = next((str(k) for k, v in source.variables.items() if any(m in v.attrs for m in marks)), "")
    names = [part.rstrip(":") for part in text.split() if part.endswith(":")] or text.split()
    found = {}
    for name in names:
        if name in source.variables:
            attrs = dict(source[name].attrs)
            if "GeoTransform" in attrs:
                attrs["GeoTransform"] = refine_geotransform(str(attrs["GeoTransform"]), factor)
            found[name] = xr.Variable((), np.int32(0), attrs)
    return (text, found) if found else ("", {})
