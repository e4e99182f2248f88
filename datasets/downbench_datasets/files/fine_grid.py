"""Coordinates of the fine grid that comes of cutting each coarse cell into equal parts."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import make_interp_spline

from downbench import UserError

Array = NDArray[np.float64]
_EVEN = 1e-3  # of the spacing: how far cells may lie from an even line that counts as one
POLE = 90.0


def cell_bounds(centres: Array, name: str, latitude: bool = False) -> Array:
    """Bounds (n, 2) of cells along a line, in the order of the line: half-way to the neighbours.

    Args:
        centres: (n,), rising or falling.
        name: of the coordinate, for messages.
        latitude: cells end at the poles.

    Raises:
        UserError: a single cell has no width; or the line turns back.
    """
    n = len(centres)
    if n == 1:
        raise UserError(
            f"{name} has one cell, whose width is not known", f"give it bounds (a variable {name}_bnds)"
        )
    steps = np.diff(centres)
    if not ((steps > 0).all() or (steps < 0).all()):
        raise UserError(f"the coordinate {name} neither rises nor falls throughout", "sort it")
    step = (centres[-1] - centres[0]) / (n - 1)
    even = centres[0] + np.arange(n) * step
    if np.abs(even - centres).max() <= _EVEN * abs(step):
        edges = centres[0] + (np.arange(n + 1) - 0.5) * step
    else:
        middles = (centres[1:] + centres[:-1]) / 2
        edges = np.concatenate([[2 * centres[0] - middles[0]], middles, [2 * centres[-1] - middles[-1]]])
    if latitude:
        edges = np.clip(edges, -POLE, POLE)
    return np.stack([edges[:-1], edges[1:]], 1)


def refine_line(bounds: Array, factor: int) -> tuple[Array, Array]:
    """Centres (n * factor,) and bounds (n * factor, 2) of the parts of cells with these bounds (n, 2)."""
    low, width = bounds[:, :1], np.diff(bounds, axis=1)
    edges = low + width * (np.arange(factor + 1) / factor)
    centres = low + width * ((np.arange(factor) + 0.5) / factor)
    return centres.ravel(), np.stack([edges[:, :-1], edges[:, 1:]], -1).reshape(-1, 2)


def along(bounds: Array, centres: Array) -> Array:
    """The same bounds, each from the side that the line of ``centres`` (n,) comes from.

    A single cell counts as rising.
    """
    falls = len(centres) > 1 and centres[-1] < centres[0]
    return np.sort(bounds, axis=1)[:, ::-1] if falls else np.sort(bounds, axis=1)


def unwrap(longitudes: Array) -> Array:
    """Longitudes [degrees] without jumps of 360."""
    return np.unwrap(longitudes, period=360.0)


def wrap(longitudes: Array, like: Array) -> Array:
    """Longitudes [degrees] in the range that those of ``like`` are in: 0 to 360, or -180 to 180."""
    return longitudes % 360 if like.min() >= 0 else (longitudes + 180) % 360 - 180


def refine_sphere(latitude: Array, longitude: Array, factor: int, name: str) -> tuple[Array, Array]:
    """Latitude and longitude [degrees] of fine centres, from those of coarse ones, each (..., y, x).

    Cubic splines through the directions, so that neither pole nor date line is special. From C48 to C384 of
    the cubed sphere, they lie within 2 % of a fine cell of the true centres.

    Raises:
        UserError: less than two cells in y or x.
    """
    if min(latitude.shape[-2:]) < 2:
        raise UserError(f"{name} needs at least two cells in y and in x", "give a larger domain")
    lat, lon = np.deg2rad(latitude), np.deg2rad(longitude)
    points = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    for axis in (-2, -1):
        points = _spline(points, factor, axis)
    x, y, z = points
    fine_lat = np.rad2deg(np.arctan2(z, np.hypot(x, y)))
    return fine_lat, wrap(np.rad2deg(np.arctan2(y, x)), longitude)


def _spline(values: Array, factor: int, axis: int) -> Array:
    n = values.shape[axis]
    spline: Any = make_interp_spline(np.arange(n), values, k=3 if n > 3 else 1, axis=axis)
    position = (np.arange(n * factor) + 0.5) / factor - 0.5
    return np.asarray(spline(position))


def refine_geotransform(text: str, factor: int) -> str:
    """GDAL's six numbers (corner, width, shear, ...) for cells ``factor`` times smaller; the corner stays."""
    numbers = [float(number) for number in text.replace(",", " ").split()]
    if len(numbers) != 6:
        return text
    scaled = [n if i in (0, 3) else n / factor for i, n in enumerate(numbers)]
    return " ".join(repr(n) for n in scaled)
