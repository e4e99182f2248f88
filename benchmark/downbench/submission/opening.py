"""Opening predictions: which file or store, which group, which variable, and which dim is what."""

from __future__ import annotations

import re
import warnings
from collections.abc import Hashable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from downbench.classic_header import check_classic_header
from downbench.errors import UserError
from downbench.missing import no_such
from downbench.missing_values import mend_missing_values
from downbench.packed_stores import is_zip, packed_store
from downbench.submission.catalogue import Finding

ROLES = ("member", "time", "tile", "y", "x")
_NAMES = {
    "member": r"(n_?)?(members?|mem|ens(emble)?(_?member)?s?|samples?|draws?|simulations?)|number|m"
    r"|reali[sz]ations?(_id)?",
    "time": r"(valid_?)?times?(_\d+)?|t|dates?",
    "tile": r"tiles?|faces?",
    "y": r"y|rows?|j|lat(itude)?s?|[nr]lat|grid_latitude|south_north|northing|yc|ydim|grid_yt?",
    "x": r"x|col(umn)?s?|i|lon(gitude)?s?|[nr]lon|grid_longitude|west_east|easting|xc|xdim|grid_xt?",
}
_AXES = {"T": "time", "Y": "y", "X": "x", "E": "member"}
_STANDARD_NAMES = {
    "time": "time",
    "realization": "member",
    **dict.fromkeys(("latitude", "grid_latitude", "projection_y_coordinate"), "y"),
    **dict.fromkeys(("longitude", "grid_longitude", "projection_x_coordinate"), "x"),
}
POINTING = {  # units that tell a latitude or a longitude, in small letters: degrees_north, degreeN
    "latitude": re.compile(r"deg(ree)?s?[ _.]?n(orth)?"),
    "longitude": re.compile(r"deg(ree)?s?[ _.]?e(ast)?"),
}
_PLACES = {
    "y": ("latitude", r"x?lat(itude)?s?"),
    "x": ("longitude", r"x?lon(gitude|g)?s?"),
}
_RAIN = re.compile(r"precip|rain|(^|_)(pr|tp|rr|prate|qpe)(_|$)", re.IGNORECASE)


class Variable(NamedTuple):
    """A variable of predictions, nothing of it read yet.

    Args:
        data: the group that it stands in.
        name: of the variable.
        dims: role to dim, as far as the variable has it.
    """

    data: xr.Dataset
    name: str
    dims: dict[str, Hashable]

    @property
    def array(self) -> xr.DataArray:
        """The variable itself."""
        return self.data[self.name]


class Refused(Exception):
    """Predictions that cannot be read; carries the finding that says why."""

    def __init__(self, check: str, message: str) -> None:
        super().__init__(message)
        self.finding = Finding(check, message)


def open_groups(path: Path) -> dict[str, xr.Dataset]:
    """All groups of a file or store by name, its root under the empty name; times are not decoded.

    Raises:
        Refused: it cannot be read.
        UserError: there is nothing.
    """
    if not path.exists():
        raise no_such(path)
    if path.is_file() and _head(path) == b"\x1f\x8b":
        raise Refused("readable", f"{path} is packed by gzip: unpack it, and give what was in it")
    try:
        return _open_store(path) if path.is_dir() or is_zip(path) else _open_file(path)
    except UserError as error:
        raise Refused("readable", error.message) from None
    except Exception as error:  # whatever the libraries raise on what is none of theirs
        why = (str(error).splitlines() or [""])[0][:200]
        raise Refused("readable", f"{path} cannot be read: {type(error).__name__}: {why}") from None


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(2)


def _open_file(path: Path) -> dict[str, xr.Dataset]:
    import netCDF4

    check_classic_header(path)
    with netCDF4.Dataset(path) as file:
        names = ["", *_below(file, "groups")]
    stored = {
        name: xr.open_dataset(path, group=name or None, engine="netcdf4", decode_cf=False) for name in names
    }
    return {name: _decoded(group, zarr2=False) for name, group in _with_outer(stored).items()}


def _open_store(path: Path) -> dict[str, xr.Dataset]:
    """Groups of a store in a folder, or packed in a zip file, from which it is read as it lies there."""
    import zarr

    store, top = (path, "") if path.is_dir() else packed_store(path)
    with warnings.catch_warnings():  # of files that are none of zarr's, as those beside stored predictions
        warnings.simplefilter("ignore")
        root = zarr.open_group(store, path=top or None, mode="r", use_consolidated=False)
        names = ["", *(name for name, one in root.members(max_depth=None) if isinstance(one, zarr.Group))]
    stored = {
        name: xr.open_zarr(
            store, group="/".join(filter(None, (top, name))) or None, consolidated=False, chunks=None,
            decode_cf=False,
        )
        for name in names
    }  # fmt: skip
    return {
        name: _decoded(group, root.metadata.zarr_format == 2) for name, group in _with_outer(stored).items()
    }


def _below(group: Any, kind: str) -> Iterator[str]:
    """Names of all groups in a group, with the names of those that they stand in."""
    for name, one in getattr(group, kind).items():
        yield from (name, *(f"{name}/{inner}" for inner in _below(one, kind)))


def _with_outer(stored: dict[str, xr.Dataset]) -> dict[str, xr.Dataset]:
    """Groups with the coordinates of their dims that stand in outer groups, as CF has it."""
    return {name: _with_lines(group, _above(name), stored) for name, group in stored.items()}


def _above(name: str) -> list[str]:
    """The groups that a group stands in, from the nearest one to the root."""
    steps = name.split("/")
    return ["/".join(steps[:k]) for k in reversed(range(len(steps)))] if name else []


def _with_lines(inner: xr.Dataset, above: list[str], stored: dict[str, xr.Dataset]) -> xr.Dataset:
    whole = inner
    for name in above:
        outer = stored[name]
        own = [n for n in outer.variables if outer[n].dims == (n,) and n not in whole.variables]
        whole = whole.assign_coords({n: outer[n] for n in own if whole.sizes.get(n) == outer.sizes[n]})
    if whole is not inner:
        whole.set_close(inner.close)
    return whole


def _decoded(stored: xr.Dataset, zarr2: bool) -> xr.Dataset:
    """A group with its values unpacked and masked, by whatever attributes say it; times stay as they are."""
    decoded = xr.decode_cf(mend_missing_values(stored, zarr2), **_AS_IT_IS)
    decoded.set_close(stored.close)
    return decoded


_AS_IT_IS: dict[str, Any] = {"decode_times": False, "decode_timedelta": False}


def find_variables(
    groups: dict[str, xr.Dataset], sequences: Sequence[str], wanted: str | None
) -> dict[str, Variable]:
    """The variable of each sequence: one of its name, one in a group of its name, or one for all.

    Args:
        groups: of the file.
        sequences: names of the split's sequences.
        wanted: name of the variable, if the user says it.

    Raises:
        Refused: there is no such variable, or there are several.
    """
    root = groups[""]
    if wanted is None and all(name in root.data_vars for name in sequences):
        return {name: _variable(root, name) for name in sequences}
    if all(name in groups for name in sequences):
        return {name: _variable(groups[name], _rain_of(groups[name], wanted)) for name in sequences}
    return dict.fromkeys(sequences, one_variable(groups, wanted))


def one_variable(groups: dict[str, xr.Dataset], wanted: str | None) -> Variable:
    """The rain of a file that holds one, in its root or in the only group that has any.

    Args:
        groups: of the file.
        wanted: name of the variable, if the user says it; ``GROUP/NAME`` in a group.

    Raises:
        Refused: there is none, or there are several.
    """
    group, _, name = (wanted or "").strip("/").rpartition("/")
    if group:
        if group not in groups:
            raise Refused(
                "variable", f"there is no group {group!r}; there are: {', '.join(filter(None, groups))}"
            )
        return _variable(groups[group], _rain_of(groups[group], name))
    data, holding = groups[""], [key for key, one in groups.items() if key and _holds(one, wanted)]
    if not _holds(data, wanted) and holding:
        if len(holding) > 1:
            shown = ", ".join(holding)
            raise Refused("variable", f"several groups have fields: {shown}; --variable GROUP/NAME names one")
        data = groups[holding[0]]
    return _variable(data, _rain_of(data, wanted))


def _holds(data: xr.Dataset, wanted: str | None) -> bool:
    """Whether rain may be looked for in a group."""
    return wanted in data.data_vars if wanted else any(map(_may_be_field, data.data_vars.values()))


def _rain_of(data: xr.Dataset, wanted: str | None) -> str:
    fields = [str(name) for name, field in data.data_vars.items() if _is_field(field, data)]
    if wanted is not None:
        if wanted not in data.data_vars:
            raise Refused("variable", f"there is no variable {wanted!r}; there are: {_list(data)}")
        return wanted
    if len(fields) > 1:
        words = {name: f"{name} {data[name].attrs.get('standard_name', '')}" for name in fields}
        fields = [name for name in fields if any(_RAIN.search(word) for word in words[name].split())]
    if not fields and len(numbers := [str(n) for n, f in data.data_vars.items() if _may_be_field(f)]) == 1:
        return numbers[0]  # whose dims are the matter
    if len(fields) != 1:
        raise Refused("variable", f"{len(fields) or 'none'} of the variables may be rain: {_list(data)}")
    return fields[0]


def _list(data: xr.Dataset) -> str:
    return ", ".join(map(str, data.data_vars)) or "none"


def _is_field(field: xr.DataArray, data: xr.Dataset) -> bool:
    """Whether a variable is a number in y and x, and no latitude or longitude."""
    roles = {role_of(dim, data) for dim in field.dims}
    return _may_be_field(field) and {"y", "x"} <= roles


def _may_be_field(field: xr.DataArray) -> bool:
    """Whether a variable holds numbers on a plane, and is no latitude or longitude."""
    is_number = bool(np.issubdtype(field.dtype, np.number))
    return is_number and field.ndim >= 2 and not any(_is_about(field, axis) for axis in "yx")


def _is_about(field: xr.DataArray, axis: str) -> bool:
    """Whether a variable is a latitude (y) or a longitude (x)."""
    standard, name = _PLACES[axis]
    attrs = field.attrs
    points = POINTING[standard].fullmatch(str(attrs.get("units", "")).lower())
    said = attrs.get("standard_name") == standard or bool(points)
    return said or bool(re.fullmatch(name, str(field.name).lower()))


def _variable(data: xr.Dataset, name: str) -> Variable:
    field = data[name]
    dims: dict[str, Hashable] = {}
    for dim in field.dims:
        role = role_of(dim, data)
        if role is None and field.sizes[dim] == 1:
            continue  # such as a level of which there is one
        if role in dims and 1 in (field.sizes[dim], field.sizes[dims[role]]):
            dims[role] = dim if field.sizes[dim] > 1 else dims[role]
            continue  # the one start of a forecast, beside the moments that it is for
        if role is None or role in dims:
            raise Refused(
                "dims", f"{name!r} has a dim {dim!r} of {field.sizes[dim]}, which is none of {ROLES}"
            )
        dims[role] = dim
    if missing := [role for role in ("y", "x") if role not in dims]:
        raise Refused("dims", f"{name!r} has dims {field.dims}: none of them is {' or '.join(missing)}")
    return Variable(data, name, dims)


def is_time(name: str) -> bool:
    """Whether a variable is called as times are."""
    return bool(re.fullmatch(_NAMES["time"], name.lower()))


def role_of(dim: Hashable, data: xr.Dataset) -> str | None:
    """Which of member, time, tile, y and x a dim is.

    By its coordinate's attributes, by the line of latitude or longitude that lies along it, or by its name.
    """
    attrs = data[dim].attrs if dim in data.variables else {}
    for table, key in ((_STANDARD_NAMES, "standard_name"), (_AXES, "axis")):
        if (role := table.get(str(attrs.get(key)))) is not None:
            return role
    plain = str(dim).lower().rstrip("_")
    by_name = next((role for role, names in _NAMES.items() if re.fullmatch(names, plain)), None)
    if by_name in ("member", "time", "tile"):
        return by_name
    lines = [line for line in data.variables if data[line].dims == (dim,)]
    along = {axis for axis in "yx" if any(_is_about(data[line], axis) for line in lines)}
    if len(along) == 1:
        return along.pop()
    return "time" if by_name is None and times_along(dim, data) is not None else by_name


def times_along(dim: Hashable, data: xr.Dataset) -> xr.DataArray | None:
    """The one line along a dim that says moments, as that of a forecast's leads has its valid times."""
    lines = (data[name].squeeze() for name in data.variables if dim in data[name].dims)
    saying = [line for line in lines if line.dims == (dim,) and _says_moments(line)]
    return saying[0] if len(saying) == 1 else None


def _says_moments(line: xr.DataArray) -> bool:
    """Whether a line that is called as times are holds moments, and no leads."""
    units = str(line.attrs.get("units", ""))
    return is_time(str(line.name)) and (line.dtype.kind in "SUOTM" or " since " in units)
