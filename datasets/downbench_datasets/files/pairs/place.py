"""Where a grid lies: by the lines that it is made of, or by latitude and longitude of its cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from downbench_datasets.files.pairs.lines import Lines, lines_of, lines_of_surfaces
from downbench_datasets.reading.record import RainRecord
from downbench_datasets.shared.axes import canonical, geographic

_SAME = 1e-3  # degrees: rounding of stored latitudes
Surface = NDArray[np.float64]


@dataclass(frozen=True)
class Place:
    """Where a grid of one tile lies, as far as its files say.

    Args:
        lines: it is made of, if it is.
        lat: of cells (y, x) [degrees].
        lon: of cells (y, x) [degrees].
    """

    lines: Lines | None = None
    lat: Surface | None = None
    lon: Surface | None = None


def place_of(source: xr.Dataset, name: str, where: str) -> Place:
    """Where the grid of a variable lies.

    Args:
        source: a file in CF's form.
        name: of the variable.
        where: it stands, for messages.
    """
    field = source[name.split("+")[0]]
    lines = lines_of(source, name, where)
    others = [key for key in source.variables if not set(source[key].dims) <= set(field.dims)]
    known = geographic(source.drop_vars(others))
    if set(known) != {"lat", "lon"}:
        return Place(lines)
    if all(line.ndim == 1 for line in known.values()):
        if lines is not None and lines.numbers:
            return Place(lines)
        lat, lon = (known[key].to_numpy().astype(float) for key in ("lat", "lon"))
        shape = (len(lat), len(lon))  # views, since a global grid has tens of millions of cells
        return Place(lines, np.broadcast_to(lat[:, None], shape), np.broadcast_to(lon[None], shape))
    if any(surface.ndim != 2 for surface in known.values()):
        return Place(lines)
    lat, lon = (canonical(known[key], where)[0].to_numpy().astype(float) for key in ("lat", "lon"))
    return Place(lines_of_surfaces(lat, lon) or lines, lat, lon)


def place_of_record(record: RainRecord) -> Place:
    """Where the grid of a record lies; nowhere if it has several tiles that are no members of one place."""
    if record.rain.sizes["tile"] > 1 and record.members is None:
        return Place()
    path = next(iter(record.grids))
    return place_of(record.sources[path], record.variable, str(path))


def lines_of_both(ours: Place, theirs: Place) -> tuple[Lines, Lines] | None:
    """Lines of both grids where they mean the same; None where they do not, or one has none."""
    one, other = ours.lines, theirs.lines
    if one is None or other is None or not one.measures_as(other) or one.numbers or other.numbers:
        return None
    if not one.on_sphere and elsewhere(ours, theirs):
        return None  # two projections
    return one, other


def elsewhere(ours: Place, theirs: Place) -> bool:
    """Whether the same x and y are different latitudes on both grids: they are of two projections."""
    if ours.lat is None or theirs.lat is None or ours.lines is None or theirs.lines is None:
        return False
    rows, columns = (
        _nearest(own.mean(1), other.mean(1))
        for own, other in ((ours.lines.y, theirs.lines.y), (ours.lines.x, theirs.lines.x))
    )
    inside = np.ix_(rows >= 0, columns >= 0)
    if not inside[0].size or not inside[1].size:
        return False
    off = np.abs(ours.lat[np.ix_(rows[rows >= 0], columns[columns >= 0])] - theirs.lat[inside])
    steps = np.hypot(*np.gradient(ours.lat))
    return bool(off.max() > 2 * steps.max() + _SAME)


def _nearest(own: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.int_]:
    """The own cell nearest to each of the other's; -1 where the other lies outside."""
    nearest = np.abs(other[:, None] - own[None]).argmin(1)
    outside = (other < own.min()) | (other > own.max())
    return np.where(outside, -1, nearest)
