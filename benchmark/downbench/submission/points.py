"""The cell of a file that is nearest to each station."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from downbench.contracts.dataset import FieldSequence
from downbench.submission.grid import place_of
from downbench.submission.opening import Refused, Variable

_REACH = 0.8  # of the spacing between a cell and its neighbour: a corner is 0.71 away


class Points(NamedTuple):
    """Tile, row and column of the cell that is nearest to each station, each (station,)."""

    tile: NDArray[np.int_]
    y: NDArray[np.int_]
    x: NDArray[np.int_]


def find_points(variable: Variable, sequence: FieldSequence) -> Points:
    """Find the nearest cell of each station.

    Raises:
        Refused: a station lies in none.
    """
    place = place_of(variable)
    if place is None:
        raise Refused("stations", f"{variable.name!r} has no latitudes and longitudes")
    cells = _on_sphere(place[0].ravel(), place[1].ravel())
    lat, lon = (sequence.static[name].to_numpy().ravel() for name in ("lat", "lon"))
    tree = cKDTree(cells)
    distance, nearest = tree.query(_on_sphere(lat, lon))
    spacing = tree.query(cells[nearest], k=2)[0][:, 1] if len(cells) > 1 else np.full(len(lat), np.inf)
    if (outside := distance > _REACH * np.maximum(spacing, _widest(place))).any():
        first = int(outside.argmax())
        text = f"{int(outside.sum())} of {len(lat)}, the first at {lat[first]:g} N, {lon[first]:g} E"
        raise Refused("stations", text)
    return Points(*(np.asarray(index) for index in np.unravel_index(nearest, place[0].shape)))


def _widest(place: tuple[NDArray[np.float64], NDArray[np.float64]]) -> float:
    """The larger of the usual spacings along y and x, as a chord of the unit sphere."""
    middle = tuple(field[0] for field in place)
    where = _on_sphere(middle[0].ravel(), middle[1].ravel()).reshape(*middle[0].shape, 3)
    steps = [np.linalg.norm(np.diff(where, axis=axis), axis=-1) for axis in (0, 1)]
    return max((float(np.median(step)) for step in steps if step.size), default=0.0)


def _on_sphere(latitude: NDArray[np.float64], longitude: NDArray[np.float64]) -> NDArray[np.float64]:
    north, east = np.radians(latitude), np.radians(longitude)
    return np.stack([np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)], axis=1)
