"""Predictions in a folder of files, each with some of the members, some of the times, or both."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from downbench.packed_stores import ZARR_MARKS
from downbench.submission.grid import place_of
from downbench.submission.opening import ROLES, Refused, Variable, one_variable, open_groups, role_of
from downbench.submission.times import read_times
from downbench.units import said_units, same_rain_units

_ENDINGS = (".nc", ".nc4", ".nc3", ".cdf", ".netcdf", ".h5", ".hdf5", ".he5", ".zip")
_FINGERPRINT = "downbench_fingerprint"
_SECONDS = "seconds since 1970-01-01"
_PLACE = 1e-3  # degrees: rounding of stored places


def open_predictions(path: Path, variable: str | None, units: str | None = None) -> dict[str, xr.Dataset]:
    """All groups of a file or store by name, as :func:`open_groups`; the files of a folder are joined.

    Args:
        path: of a file, a store, or a folder of either.
        variable: name of the rain in a folder's files, if the user says it.
        units: of those of a folder's files that name none, if the user says it.

    Raises:
        Refused: it cannot be read, or files do not belong together.
        UserError: there is nothing.
    """
    if not path.is_dir() or _is_store(path):
        return open_groups(path)
    entries = [one for one in path.iterdir() if not one.name.startswith(".")]
    chosen = [one for one in entries if (_is_store(one) if one.is_dir() else one.suffix.lower() in _ENDINGS)]
    if not chosen:
        raise Refused("readable", f"{path} is a folder without NetCDF files and zarr stores")
    parts = {one.name: open_groups(one) for one in chosen}
    pieces = {name: {key: one.chunk() for key, one in groups.items()} for name, groups in parts.items()}
    joined = join_files(pieces, variable, units)
    closing = ExitStack()
    for groups in parts.values():
        for group in groups.values():
            closing.callback(group.close)
    joined.set_close(closing.close)
    return {"": joined}


def _is_store(path: Path) -> bool:
    return any((path / mark).exists() for mark in ZARR_MARKS)


def join_files(
    parts: Mapping[str, dict[str, xr.Dataset]], wanted: str | None, units: str | None = None
) -> xr.Dataset:
    """One dataset of files of one ensemble: those of the same times are members, the others follow in time.

    Args:
        parts: the groups of each file, by its name.
        wanted: name of the variable, if the user says it.
        units: of those that name none, if the user says it.

    Raises:
        Refused: they do not belong together.
    """
    names = sorted(parts, key=_naturally)
    variables = {name: one_variable(parts[name], wanted) for name in names}
    first = variables[names[0]]
    for name in names[1:]:
        _check_alike(first, variables[name], f"{names[0]} and {name}", units)
    by_times: dict[bytes, list[str]] = {}
    times: dict[bytes, tuple[NDArray[np.datetime64], str] | None] = {}
    for name in names:
        own = read_times(variables[name])
        key = b"" if own is None else own[0].tobytes()
        by_times.setdefault(key, []).append(name)
        times[key] = own
    stretches = [_members(variables, members) for members in by_times.values()]
    stretches = _in_one_order(stretches, [_labels(variables, members) for members in by_times.values()])
    first_of: dict[int, str] = {}
    for key, part in zip(by_times, stretches, strict=True):
        first_of.setdefault(part.sizes["member"], by_times[key][0])
    if len(first_of) > 1:
        counts = ", ".join(f"{count} from {name} on" for count, name in first_of.items())
        raise Refused(
            "files-unlike", f"its files have different numbers of members at different times: {counts}"
        )
    values = xr.concat(stretches, "time").assign_attrs(first.array.attrs)
    joined = xr.Dataset({"precipitation": values}, attrs=first.data.attrs)
    known = [own for own in times.values() if own is not None]
    if known:
        moments = np.concatenate([own[0] for own in known]).astype("datetime64[s]").astype(np.int64)
        joined = joined.assign_coords(time=("time", moments, {"units": _SECONDS, "calendar": known[0][1]}))
    return joined.assign_coords(_places(first))


def _naturally(name: str) -> list[Any]:
    """m2 before m10."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)]


def _check_alike(first: Variable, other: Variable, names: str, units: str | None) -> None:
    if first.name != other.name:
        raise Refused("files-unlike", f"{names} call their rain otherwise: {first.name} and {other.name}")
    _check_units([said_units(v.array.attrs) or units or "" for v in (first, other)], names)
    said = [{**v.data.attrs, **v.array.attrs}.get(_FINGERPRINT, "") for v in (first, other)]
    if said[0] != said[1]:
        raise Refused("files-unlike", f"{names} differ in {_FINGERPRINT}: {said[0]} and {said[1]}")
    sizes = [[v.array.sizes.get(v.dims.get(role)) for role in ("tile", "y", "x")] for v in (first, other)]
    here, there = place_of(first), place_of(other)
    if sizes[0] != sizes[1] or (here is None) != (there is None):
        raise Refused("files-unlike", f"{names} are on different grids")
    if here is not None and there is not None:
        off = [float(np.abs((a - b + 180) % 360 - 180).max()) for a, b in zip(here, there, strict=True)]
        if max(off) > _PLACE:
            raise Refused("files-unlike", f"{names} lie {max(off):.3g} degrees apart")


def _check_units(said: list[str], names: str) -> None:
    if same_rain_units(*said):
        return
    message, named = f"{names} differ in units: {said[0]!r} and {said[1]!r}", [one for one in said if one]
    if len(named) == 1:
        message += f"; --units {shlex.quote(named[0])} says that files without units have these, too"
    raise Refused("files-unlike", message)


def _members(variables: Mapping[str, Variable], names: list[str]) -> xr.DataArray:
    """Fields of some files of the same times, (member, time, ...)."""
    return xr.concat([_in_order(variables[name]) for name in names], "member")


def _labels(variables: Mapping[str, Variable], names: list[str]) -> list[str]:
    """What some files call their members; nothing where one does not, or two have one name."""
    labels: list[str] = []
    for data, _, dims in (variables[name] for name in names):
        dim = dims.get("member")
        single = [key for key in data.variables if data[key].ndim == 0 and role_of(key, data) == "member"]
        line = dim if dim is not None else next(iter(single), None)
        if line is None or line not in data.variables:
            return []
        labels += map(str, np.atleast_1d(data[line].to_numpy()).tolist())
    return labels if len(set(labels)) == len(labels) else []


def _in_one_order(stretches: list[xr.DataArray], labels: list[list[str]]) -> list[xr.DataArray]:
    """Stretches of time whose members stand in the order of the first, where all call them alike."""
    first = labels[0]
    if not first or any(sorted(own) != sorted(first) for own in labels):
        return stretches
    return [
        part.isel(member=[own.index(label) for label in first])
        for part, own in zip(stretches, labels, strict=True)
    ]


def _in_order(variable: Variable) -> xr.DataArray:
    """The field under the names of its roles, and without coordinates."""
    array = variable.array.drop_vars(list(variable.array.coords))
    single = {dim: 0 for dim in array.dims if dim not in variable.dims.values()}
    field = array.isel(single).rename({dim: role for role, dim in variable.dims.items()})
    missing = [role for role in ("member", "time") if role not in field.dims]
    return field.expand_dims(missing).transpose(*(role for role in ROLES if role in {*field.dims, *missing}))


def _places(first: Variable) -> dict[str, xr.Variable]:
    """Latitude and longitude of the first file, which are those of all, and labels of tiles."""
    place = place_of(first)
    made = {}
    if place is not None:
        dims = [role for role in ("tile", "y", "x") if role in first.dims]
        for name, units, values in zip(("lat", "lon"), ("degrees_north", "degrees_east"), place, strict=True):
            flat = values if "tile" in dims else values[0]
            made[name] = xr.Variable(dims, np.array(flat), {"units": units})
    dim = first.dims.get("tile")
    if dim is not None and dim in first.data.coords:
        made["tile"] = xr.Variable("tile", first.data[dim].to_numpy())
    return made
