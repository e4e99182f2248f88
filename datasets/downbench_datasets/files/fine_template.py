"""What a fine field made of a coarse file has besides its values: coordinates, times, grid mapping."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import cftime
import numpy as np
import xarray as xr
from numpy.typing import NDArray

from downbench import to_dates
from downbench_datasets.files.fine_grid import (
    along,
    cell_bounds,
    refine_geotransform,
    refine_line,
    refine_sphere,
    unwrap,
    wrap,
)
from downbench_datasets.shared.axes import geographic, is_latitude, is_longitude, role_of
from downbench_datasets.shared.times import calendar_name

_STALE = ("bounds", "actual_range", "valid_range", "valid_min", "valid_max", "_FillValue", "missing_value")
Dims = Mapping[str, Hashable]  # of time, tile, y and x: how a file calls them


def kept(attrs: Mapping[Any, Any]) -> dict[str, Any]:
    """Attributes that are as true of the fine coordinate as of the coarse one."""
    return {str(name): value for name, value in attrs.items() if name not in _STALE}


def fine_coordinates(source: xr.Dataset, dims: Dims, factor: int) -> dict[str, xr.Variable]:
    """Coordinates of the fine grid with bounds: lines in y or x, and surfaces of latitude and longitude.

    Raises:
        UserError: a line that turns back, or a single cell without bounds.
    """
    fine: dict[str, xr.Variable] = {}
    plane = [dim for role in ("tile", "y", "x") if (dim := dims.get(role)) is not None]
    lines = {dims["y"], dims["x"]}
    for key, variable in source.variables.items():
        field = source[key]
        if not np.issubdtype(variable.dtype, np.number):
            continue
        if variable.ndim == 1 and variable.dims[0] in lines and _is_line(field):
            fine |= _line(source, field, factor)
        elif variable.dims == (dims.get("tile"),) and key == dims.get("tile"):
            fine[str(key)] = variable.copy()
    surfaces = geographic(source.drop_vars([key for key in source.variables if source[key].ndim < 2]))
    surfaces = {name: field for name, field in surfaces.items() if _on(field, plane)}
    if len(surfaces) == 2:
        lat, lon = (surfaces[name].transpose(*plane, missing_dims="ignore") for name in ("lat", "lon"))
        values = refine_sphere(
            lat.to_numpy().astype(float), lon.to_numpy().astype(float), factor, str(lat.name)
        )
        for field, made in zip((lat, lon), values, strict=True):
            fine[str(field.name)] = xr.Variable(field.dims, made, kept(field.attrs))
    return fine


def _is_line(field: xr.DataArray) -> bool:
    """Whether a variable along y or x is a coordinate of it."""
    named = role_of(field.name, {field.name: field}) in ("y", "x")
    return field.name in field.dims or named or is_latitude(field) or is_longitude(field)


def _on(field: xr.DataArray, plane: list[Hashable]) -> bool:
    return field.ndim >= 2 and set(plane[-2:]) <= set(field.dims) <= set(plane)


def _line(source: xr.Dataset, field: xr.DataArray, factor: int) -> dict[str, xr.Variable]:
    name, dim = str(field.name), field.dims[0]
    centres = field.to_numpy().astype(np.float64)
    degrees = is_longitude(field)
    straight = unwrap(centres) if degrees else centres
    own = str(field.attrs.get("bounds", f"{name}_bnds"))
    stored = source.variables.get(own)
    if stored is not None and stored.shape == (len(centres), 2):
        bounds = stored.to_numpy().astype(np.float64)
        if degrees:  # on the same turn as the centres
            bounds = bounds + 360 * np.round((straight - bounds.mean(1)) / 360)[:, None]
        bounds, vertices = along(bounds, straight), stored.dims[1]
    else:
        bounds, vertices = cell_bounds(straight, name, is_latitude(field)), "bnds"
    fine, fine_bounds = refine_line(bounds, factor)
    if degrees and not np.array_equal(straight, centres):
        turned = wrap(fine, centres)
        fine, fine_bounds = turned, fine_bounds + (turned - fine)[:, None]
    attrs = kept(field.attrs) | {"bounds": own}
    return {name: xr.Variable(dim, fine, attrs), own: xr.Variable((dim, vertices), fine_bounds)}


def encode_times(times: NDArray[np.datetime64], calendar: str, units: str) -> NDArray[np.int64]:
    """Numbers of these CF units, in whole seconds, in the calendar that the times are of."""
    dates = to_dates(times, calendar)
    return np.asarray(cftime.date2num(dates, units, calendar)).astype(np.int64)


def fine_times(
    axis: xr.DataArray, times: xr.DataArray, bounds: NDArray[np.datetime64] | None
) -> dict[str, xr.Variable]:
    """Times, and their bounds where the files have them, as numbers with CF units.

    Args:
        axis: times as the first file stores them, under the name that the file has for them.
        times: of the whole record.
        bounds: first and last moments of their intervals, (time, 2), where the files say them.
    """
    dim, calendar = axis.dims[0], calendar_name(axis)
    start = to_dates(times.to_numpy()[:1], calendar)[0]
    said = {"units": f"seconds since {start.isoformat(' ')}", "calendar": calendar}
    attrs = {"standard_name": "time"} | kept({k: v for k, v in axis.attrs.items() if k not in said}) | said
    fine = {str(dim): xr.Variable((dim,), encode_times(times.to_numpy(), calendar, said["units"]), attrs)}
    if bounds is not None:
        own = str(axis.attrs.get("bounds", f"{dim}_bnds"))
        ends = [encode_times(bounds[:, end], calendar, said["units"]) for end in (0, 1)]
        fine[own] = xr.Variable((dim, "bnds"), np.stack(ends, 1))
        fine[str(dim)].attrs["bounds"] = own
    return fine


def grid_mapping(source: xr.Dataset, field: xr.DataArray, factor: int) -> tuple[str, dict[str, xr.Variable]]:
    """The attribute ``grid_mapping`` of a field, and the variables that it names, for the fine grid."""
    text = str(field.attrs.get("grid_mapping") or field.encoding.get("grid_mapping") or "")
    if not text:
        marks = ("grid_mapping_name", "crs_wkt", "spatial_ref")
        text = next((str(k) for k, v in source.variables.items() if any(m in v.attrs for m in marks)), "")
    names = [part.rstrip(":") for part in text.split() if part.endswith(":")] or text.split()
    mappings = {}
    for name in names:
        if name in source.variables:
            attrs = dict(source[name].attrs)
            if "GeoTransform" in attrs:
                attrs["GeoTransform"] = refine_geotransform(str(attrs["GeoTransform"]), factor)
            mappings[name] = xr.Variable((), np.int32(0), attrs)
    return (text, mappings) if mappings else ("", {})
