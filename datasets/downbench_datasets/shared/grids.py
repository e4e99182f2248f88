"""Coordinates of a field: whether they make a grid, and whether two files are on the same one."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from downbench import UserError
from downbench_datasets.shared.axes import geographic, is_longitude, role_of

_ROUNDING = 0.01  # of a cell: how far the coordinates of one grid may differ between files
_FLOAT32 = 1e-6  # of the largest coordinate: the rounding of float32
_ROLES = {"rows": {"y", "lat"}, "columns": {"x", "lon"}}  # of coordinates that say where these lie
_TURN = 360.0  # degrees
_POLE = 90.001  # degrees, with some rounding


@dataclass(frozen=True)
class Coordinate:
    """One coordinate of a field.

    Args:
        name: in the file.
        values: (n,) along y or x, or a surface over both.
        is_longitude: whether it is a geographical longitude.
        turns: whether it is one, or one of a rotated pole: 360 degrees leave it where it is.
    """

    name: str
    values: NDArray[np.float64]
    is_longitude: bool
    turns: bool


def coordinates_of(source: xr.Dataset, field: xr.DataArray, where: str) -> dict[str, Coordinate]:
    """Lines along ``y`` and ``x``, and surfaces ``lat`` and ``lon``, as far as a file has them.

    Raises:
        UserError: a line neither rises nor falls throughout, or a latitude lies beyond the poles.
    """
    dims = {role: dim for dim in field.dims if (role := role_of(dim, field.coords)) in ("y", "x")}
    variables = {role: source[dim] for role, dim in dims.items() if dim in source.variables}
    for name, variable in geographic(source).items():
        if set(variable.dims) <= {*field.dims}:
            if name == "lat":
                _check_latitude(variable, where)
            _refuse_moving(variable, where)
            if variable.name not in dims.values():
                variables[name] = variable
    coordinates = {}
    for role, variable in variables.items():
        if variable.dtype.kind in "iuf":
            values = np.asarray(variable.to_numpy(), np.float64)
            is_lon = role == "lon" or is_longitude(variable)
            of_pole = role == "x" and str(variable.attrs.get("units", "")).startswith("degree")
            coordinates[role] = Coordinate(str(variable.name), values, is_lon, is_lon or of_pole)
            _check(coordinates[role], where)
    return coordinates


def _refuse_moving(surface: xr.DataArray, where: str) -> None:
    """Refuse surfaces along time that are not the same in the first and the last frame.

    Raises:
        UserError: the grid moves, as the nest that follows a storm.
    """
    series = [dim for dim in surface.dims if role_of(dim, surface.coords) == "time"]
    if not series or surface.ndim < 3:
        return
    first, last = (surface.isel({series[0]: k}).to_numpy().astype(float) for k in (0, -1))
    if not np.allclose(first, last, atol=1e-3, equal_nan=True):
        raise UserError(
            f"{where}: its grid moves: {surface.name!r} differs between the first and the last frame",
            "bring all frames onto one grid first",
        )


def _check_latitude(variable: xr.DataArray, where: str) -> None:
    values = variable.to_numpy().astype(float)
    if np.nanmax(np.abs(values), initial=0) > _POLE:
        raise UserError(
            f"{where}: the latitude {variable.name!r} goes beyond the poles",
            "are latitude and longitude swapped? mend the coordinates of the file",
        )


def _check(coordinate: Coordinate, where: str) -> None:
    values = np.unwrap(coordinate.values, period=_TURN, axis=-1) if coordinate.turns else coordinate.values
    if values.size < 2:
        return
    what = f"{where}: the coordinate {coordinate.name!r}"
    if values.ndim > 1:
        if not np.isfinite(values).any() or np.nanmax(values) == np.nanmin(values):
            raise UserError(f"{what} is the same everywhere", "mend the coordinates of the file")
        return
    steps = np.diff(values)
    if not ((steps > 0).all() or (steps < 0).all()):
        raise UserError(
            f"{what} neither rises nor falls throughout", "sort the file by it, or mend its coordinates"
        )


def check_same_grid(first: dict[str, Coordinate], other: dict[str, Coordinate], names: str) -> None:
    """Refuse two files of one series that lie in different places.

    Coordinates are compared to rounding, longitudes by whole turns. What only one file has is not compared,
    where both have another coordinate of that direction.

    Args:
        first: coordinates of one file.
        other: those of another of the same shape.
        names: of the two files, for the message.

    Raises:
        UserError: a coordinate that differs, or a file that does not say where its rows or columns lie.
    """
    for lines, roles in _ROLES.items():
        ours, theirs = roles & first.keys(), roles & other.keys()
        if ours | theirs and not ours & theirs:
            said = " and ".join(repr((first | other)[role].name) for role in sorted(ours | theirs))
            raise UserError(
                f"{names} do not both say where their {lines} lie, by {said}",
                "give them the same coordinates; else one may lie elsewhere, or upside down, unseen",
            )
    for role in sorted(first.keys() & other.keys()):
        a, b = first[role], other[role]
        if a.values.shape != b.values.shape:
            continue
        if _apart(a, b):
            turned = a.values.ndim == 1 and not _apart(a, replace(b, values=b.values[::-1]))
            how = "runs the other way round" if turned else f"differs by up to {_distance(a, b).max():.6g}"
            raise UserError(
                f"{names} are on different grids: the coordinate {b.name!r} {how}",
                "give one file, or one series of files of the same place and order",
            )


def _distance(one: Coordinate, other: Coordinate) -> NDArray[np.float64]:
    difference = one.values - other.values
    if one.turns:
        difference = (difference + _TURN / 2) % _TURN - _TURN / 2
    return np.abs(difference)


def _apart(one: Coordinate, other: Coordinate) -> bool:
    if (np.isnan(one.values) != np.isnan(other.values)).any():
        return True
    straight = np.unwrap(one.values, period=_TURN) if one.turns and one.values.ndim == 1 else one.values
    steps = [
        np.abs(np.diff(straight, axis=axis)) for axis in range(straight.ndim) if straight.shape[axis] > 1
    ]
    cell = max((float(np.nanmedian(step)) for step in steps), default=0.0)
    tolerance = _ROUNDING * cell + _FLOAT32 * float(np.nanmax(np.abs(one.values), initial=0))
    return bool(np.nanmax(_distance(one, other), initial=0) > tolerance)
