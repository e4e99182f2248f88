"""Where a file has the tiles of the fine grid: by latitude and longitude if both have them, or by size."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from downbench.contracts.dataset import FieldSequence
from downbench.submission.catalogue import Finding
from downbench.submission.opening import POINTING, Refused, Variable, role_of

_SAME_CELL = 0.25  # of a cell: how far coordinates may be off
_PLACES = {
    "lat": ("latitude", r"(x?lat|nav_lat|grid_latt?)(itude)?s?"),
    "lon": ("longitude", r"(x?lon|xlong|nav_lon|grid_lont?)(gitude)?s?"),
}
Place = tuple[NDArray[np.float64], NDArray[np.float64]]  # latitude and longitude [degrees], each (..., y, x)


class Cut(NamedTuple):
    """Where a tile of the dataset stands in a file, and along which axes it has to be turned over."""

    tile: int
    y: slice
    x: slice
    flip: tuple[int, ...] = ()  # of (y, x)


class Tiles(NamedTuple):
    """The cut of each tile, and what there is to say."""

    cuts: list[Cut]
    findings: list[Finding]


def find_tiles(variable: Variable, sequence: FieldSequence) -> Tiles:
    """Find the tiles of a sequence in a file.

    Raises:
        Refused: they are not there, or somewhere else.
    """
    theirs, ours = place_of(variable), _place_of_truth(sequence)
    if theirs is None or ours is None:
        tiles = _by_size(variable, sequence)
        if ours is not None:
            text = "the orientation is taken as the dataset's"
            tiles.findings.append(Finding("coordinates-missing", text))
        return tiles
    return _by_place(theirs, ours)


def _shape(variable: Variable) -> tuple[int, int, int]:
    sizes = {role: variable.array.sizes[dim] for role, dim in variable.dims.items()}
    return sizes.get("tile", 1), sizes["y"], sizes["x"]


def place_of(variable: Variable) -> Place | None:
    """Latitude and longitude of a file, each (tile, y, x); None where it lacks one of them."""
    tiles, height, width = _shape(variable)
    made = []
    for standard, names in _PLACES.values():
        fields = [field for field in variable.data.variables.values() if 1 <= field.ndim <= 3]
        own = [f for f in fields if standard == f.attrs.get("standard_name")]
        own = own or [
            f for f in fields if POINTING[standard].fullmatch(str(f.attrs.get("units", "")).lower())
        ]
        named = [n for n in variable.data.variables if re.fullmatch(names, str(n).lower())]
        own = own or [variable.data.variables[n] for n in named if 1 <= variable.data[n].ndim <= 3]
        spread = (_surface(one, variable, (tiles, height, width)) for one in own)
        surfaces = [surface for surface in spread if surface is not None]
        if not surfaces:
            return None
        made.append(surfaces[0])
    return made[0], made[1]


def _surface(
    field: xr.Variable, variable: Variable, shape: tuple[int, int, int]
) -> NDArray[np.float64] | None:
    """A line or surface spread over (tile, y, x); None where it is of something else.

    Of one that is repeated for each time, as WRF writes it, the first counts.
    """
    roles = {dim: role_of(dim, variable.data) for dim in field.dims}
    field = field.isel({dim: 0 for dim, role in roles.items() if role == "time"})
    roles = {dim: roles[dim] for dim in field.dims}
    order = [role for role in ("tile", "y", "x") if role in roles.values()]
    if len(order) != field.ndim or any(variable.dims.get(role or "") != dim for dim, role in roles.items()):
        return None
    values = field.transpose(*(variable.dims[role] for role in order)).to_numpy().astype(np.float64)
    index = tuple(slice(None) if role in order else None for role in ("tile", "y", "x"))
    return np.broadcast_to(values[index], shape)


def _place_of_truth(sequence: FieldSequence) -> Place | None:
    static = sequence.static
    if "lat" not in static or "lon" not in static:
        return None
    lat, lon = (static[name].transpose("tile", "y", "x").to_numpy().astype(float) for name in ("lat", "lon"))
    return (lat, lon) if np.isfinite(lat).all() and np.isfinite(lon).all() else None


def _by_size(variable: Variable, sequence: FieldSequence) -> Tiles:
    sizes = sequence.fine.sizes
    tiles, height, width = _shape(variable)
    if (height, width) != (sizes["y"], sizes["x"]):
        text = f"{height} x {width} cells (y, x), where {sizes['y']} x {sizes['x']} are due"
        swapped = (width, height) == (sizes["y"], sizes["x"])
        raise Refused("axes-swapped" if swapped else "grid-size", text)
    if tiles != sizes["tile"]:
        raise Refused("tiles", f"{tiles} tiles, where {sizes['tile']} are due")
    order, findings = list(range(tiles)), []
    dim = variable.dims.get("tile")
    if dim is not None and dim in variable.data.coords:
        labels, wanted = variable.data[dim].to_numpy().tolist(), sequence.fine["tile"].to_numpy().tolist()
        if sorted(labels) == sorted(wanted) and labels != wanted:
            order = [labels.index(label) for label in wanted]
            findings.append(Finding("tiles-by-label", f"the file has them as {labels}"))
    whole = slice(0, height), slice(0, width)
    return Tiles([Cut(tile, *whole) for tile in order], findings)


def _by_place(theirs: Place, ours: Place) -> Tiles:
    cuts: list[Cut] = []
    for tile in range(len(ours[0])):
        mine = ours[0][tile], ours[1][tile]
        order = [tile, *(other for other in range(len(theirs[0])) if other != tile)]
        candidates = [other for other in order if other < len(theirs[0])]
        cut = next((c for n in candidates if (c := _fit(n, (theirs[0][n], theirs[1][n]), mine))), None)
        if cut is None:
            raise _elsewhere(theirs, mine, tile)
        cuts.append(cut)
    return Tiles(cuts, _said(cuts, theirs, ours))


def _fit(number: int, theirs: Place, ours: Place) -> Cut | None:
    """Where a tile lies within one of the file, turned over as it has to be; None where it does not."""
    height, width = theirs[0].shape
    rows, columns = ours[0].shape
    if height < rows or width < columns:
        return None
    for flip in ((), (0,), (1,), (0, 1)):
        lat, lon = (np.flip(field, flip) for field in theirs)
        y, x = (0, 0) if lat.shape == ours[0].shape else _nearest(lat, lon, ours[0][0, 0], ours[1][0, 0])
        part = slice(y, y + rows), slice(x, x + columns)
        if lat[part].shape != ours[0].shape or _off((lat[part], lon[part]), ours) > _SAME_CELL:
            continue
        y = height - y - rows if 0 in flip else y  # counted in the file as it stands
        x = width - x - columns if 1 in flip else x
        return Cut(number, slice(y, y + rows), slice(x, x + columns), flip)
    return None


def _nearest(lat: NDArray[np.float64], lon: NDArray[np.float64], y: float, x: float) -> tuple[int, int]:
    distance = (lat - y) ** 2 + (_turn(lon - x) * np.cos(np.radians(y))) ** 2
    row, column = np.unravel_index(int(distance.argmin()), distance.shape)
    return int(row), int(column)


def _off(theirs: Place, ours: Place) -> float:
    """Largest distance of two grids of one shape, in cells."""
    scale = np.cos(np.radians(ours[0]))
    distance = np.hypot(theirs[0] - ours[0], _turn(theirs[1] - ours[1]) * scale)
    return float(distance.max() / _cell(ours))


def _cell(place: Place) -> float:
    """Usual distance of neighbours [degrees of a great circle]; one degree where there is one cell."""
    scale = np.cos(np.radians(place[0]))
    steps = []
    for axis in (0, 1):
        if place[0].shape[axis] > 1:
            east = _turn(np.diff(place[1], axis=axis)) * np.delete(scale, -1, axis)
            steps.append(float(np.median(np.hypot(np.diff(place[0], axis=axis), east))))
    return min(steps, default=1.0) or 1.0


def _turn(degrees: NDArray[np.float64]) -> NDArray[np.float64]:
    return (degrees + 180) % 360 - 180


def _elsewhere(theirs: Place, ours: Place, tile: int) -> Refused:
    sizes, due = theirs[0].shape[1:], ours[0].shape
    text = f"{sizes[0]} x {sizes[1]} cells (y, x), where {due[0]} x {due[1]} are due"
    if sizes == due:
        if sizes[0] == sizes[1] and _fit(0, (theirs[0][0].T, theirs[1][0].T), ours):
            return Refused("axes-swapped", "latitude runs along x and longitude along y")
        off = min(_off((lat, lon), ours) for lat, lon in zip(*theirs, strict=True))
        return Refused(
            "coordinates-differ", f"tile {tile} lies {off:.3g} cells beside the dataset's, at most"
        )
    if sizes == due[::-1]:
        return Refused("axes-swapped", text)
    if sizes[0] < due[0] or sizes[1] < due[1]:
        return Refused("grid-size", text)
    return Refused("coordinates-differ", f"the {text} do not lie on its grid")


def _said(cuts: list[Cut], theirs: Place, ours: Place) -> list[Finding]:
    findings = []
    axes = sorted({"yx"[axis] for cut in cuts for axis in cut.flip}, reverse=True)
    if axes:
        findings.append(Finding("reversed", f"{' and '.join(axes)} turned over"))
    if theirs[0].shape[1:] != ours[0].shape[1:]:
        text = f"{ours[0].shape[1]} x {ours[0].shape[2]} of {theirs[0].shape[1]} x {theirs[0].shape[2]} cells"
        findings.append(Finding("larger-domain", text))
    if (theirs[1].max() > 180) != (ours[1].max() > 180) and min(theirs[1].min(), ours[1].min()) < 0:
        findings.append(Finding("longitudes", "longitudes are compared around the circle"))
    if theirs[0].shape[0] == len(cuts) > 1 and [cut.tile for cut in cuts] != list(range(len(cuts))):
        findings.append(
            Finding("tiles-by-label", f"read as {[cut.tile for cut in cuts]}, by their coordinates")
        )
    return findings
