"""Dims that CF names otherwise: those of a plane by latitude and longitude, that of time by its units."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from pathlib import Path

import numpy as np
import xarray as xr

from downbench import UserError, moment_in
from downbench_datasets.reading.forecasts import time_variable
from downbench_datasets.shared.axes import geographic, is_latitude, is_longitude, role_of

_TIMES = ("time", "times", "valid_time", "date", "datetime", "dates")
_PARTS = ("year", "month", "day", "hour", "minute")
_START = ("time_coverage_start", "start_time", "nominal_time", "time", "date", "StartGranuleDateTime")


def with_plane(source: xr.Dataset, where: str) -> xr.Dataset:
    """Dims of any name are y and x where lines or surfaces of latitude and longitude lie on them.

    Raises:
        UserError: a coordinate is a latitude by its name and a longitude by its attributes, or the reverse.
    """
    source = _with_lines(source, where)
    surfaces = geographic(source.drop_vars([key for key in source.variables if source[key].ndim < 2]))
    if set(surfaces) != {"lat", "lon"} or surfaces["lat"].dims != surfaces["lon"].dims:
        return source
    dims = surfaces["lat"].dims
    nameless = len(dims) == 2 and all(role_of(dim, source.coords) is None for dim in dims)
    if not nameless or {"y", "x"} & {*source.dims, *source.variables}:
        return source
    return source.rename_dims(dict(zip(dims, ("y", "x"), strict=True)))


def _with_lines(source: xr.Dataset, where: str) -> xr.Dataset:
    """Lines of latitude and longitude are the coordinates of the dims that they lie along."""
    lines = {key: source[key] for key in source.variables if source[key].ndim == 1}
    along: dict[Hashable, dict[str, list[Hashable]]] = {}
    for key, line in lines.items():
        kinds = [axis for axis, fits in (("y", is_latitude), ("x", is_longitude)) if fits(line)]
        if kinds:
            along.setdefault(line.dims[0], {}).setdefault(kinds[0], []).append(key)
            _refuse_contradiction(line, kinds[0], where)
    for dim, by_axis in along.items():
        if len(by_axis) > 1 or role_of(dim, source.coords) not in (None, "y", "x"):
            continue  # stations and tracks have both along one dim
        ((axis, keys),) = by_axis.items()
        if role_of(dim, source.coords) == axis or (dim in source.variables and dim not in keys):
            continue
        name = dim if dim in keys else keys[0]
        source = source.set_coords(name).swap_dims({dim: name}) if name != dim else source.copy()
        source[name].attrs["axis"] = axis.upper()
    return source


def _refuse_contradiction(line: xr.DataArray, axis: str, where: str) -> None:
    bare = line.copy(deep=False)
    bare.attrs = {}
    other = is_longitude if axis == "y" else is_latitude
    if other(bare):
        kinds = ("latitude", "longitude") if axis == "y" else ("longitude", "latitude")
        raise UserError(
            f"{where}: {line.name!r} is a {kinds[1]} by its name and a {kinds[0]} by its attributes "
            f"({line.attrs.get('units', 'no units')})",
            "mend its attributes in the file",
        )


def with_time_dim(source: xr.Dataset, where: str) -> xr.Dataset:
    """Fields get a dim of time with its times, as a line beside them has it, or a single value, or a name.

    Args:
        source: times undecoded.
        where: the path of the file, whose name may say the time of its one frame.
    """
    dim = next((dim for dim in source.dims if role_of(dim, source.coords) == "time"), None)
    if dim is not None and dim in source.variables:
        return source
    lines = [name for name in _time_lines(source) if dim is None or source[name].dims == (dim,)]
    if lines:
        return source.set_coords(lines[0]).swap_dims({source[lines[0]].dims[0]: lines[0]})
    if (parts := _date_parts(source, dim)) is not None:
        return _with_dates(source, parts)
    return source if dim is not None else _with_single_time(source, where)


def _time_lines(source: xr.Dataset) -> Iterator[Hashable]:
    """Variables along a dim of fields that are times."""
    along = {dim for field in source.data_vars.values() if field.ndim >= 3 for dim in field.dims}
    for name in source.variables:
        variable = source[name]
        if variable.ndim == 1 and variable.dims[0] in along and variable.dims[0] != name:
            since = " since " in str(variable.attrs.get("units", ""))
            if since or str(name).lower() in _TIMES:
                yield name


def _date_parts(source: xr.Dataset, dim: Hashable | None) -> list[Hashable] | None:
    """Lines ``year``, ``month``, ``day`` and perhaps ``hour`` and ``minute`` along one dim of fields."""
    along = {one for field in source.data_vars.values() if field.ndim >= 3 for one in field.dims}
    lines: dict[str, Hashable] = {}
    for name in source.variables:
        if source[name].ndim == 1 and source[name].dims[0] in along and source[name].dtype.kind in "iuf":
            lines.setdefault(str(name).lower(), name)
    parts = [lines[part] for part in _PARTS if part in lines]
    dims = {source[name].dims[0] for name in parts}
    whole = all(part in lines for part in _PARTS[:3])
    return parts if whole and len(dims) == 1 and dim in (None, *dims) else None


def _with_dates(source: xr.Dataset, parts: list[Hashable]) -> xr.Dataset:
    """Times of dates that stand in parts, as they do in tables and in some models' output."""
    year, month, day, *clock = (source[name].to_numpy().astype(float) for name in parts)
    hours = sum((part / 60**k for k, part in enumerate(clock)), np.zeros(len(day)))
    months = ((year - 1970) * 12 + month - 1).astype(np.int64).astype("datetime64[M]")
    seconds = np.rint(((day - 1) * 24 + hours) * 3600).astype(np.int64)
    times = months.astype("datetime64[s]") + seconds.astype("timedelta64[s]")
    along = source[parts[0]].dims[0]
    source = source.drop_vars([name for name in (*parts, along) if name in source.variables])
    return source.rename_dims({along: "time"} if along != "time" else {}).assign_coords(
        time=time_variable(times)
    )


def _with_single_time(source: xr.Dataset, where: str) -> xr.Dataset:
    single = [
        name
        for name in source.variables
        if source[name].ndim == 0 and " since " in str(source[name].attrs.get("units", ""))
    ]
    name = next((n for n in ("valid_time", "time") if n in single), single[0] if len(single) == 1 else None)
    fields = [key for key in source.data_vars if source[key].ndim >= 2 and source[key].dtype.kind in "iuf"]
    if name is not None:
        value = source[name]
        source = _expanded(source.drop_vars([name]), fields)
        bounds = source.get(str(value.attrs.get("bounds", "")))
        if bounds is not None and bounds.ndim == 1:
            source[bounds.name] = bounds.expand_dims("time")
        return source.assign_coords(time=("time", value.to_numpy()[None], value.attrs))
    said = [str(source.attrs[key]) for key in _START if key in source.attrs]
    moment = moment_in([*said, Path(where).name])
    if moment is None or not fields or "time" in source.variables:
        return source
    return _expanded(source, fields).assign_coords(time=time_variable(moment.reshape(1)))


def _expanded(source: xr.Dataset, fields: list[Hashable]) -> xr.Dataset:
    source = source.copy()
    for key in fields:
        source[key] = source[key].expand_dims("time")
    return source
