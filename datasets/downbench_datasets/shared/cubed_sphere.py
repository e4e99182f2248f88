"""The gnomonic cubed sphere with equal edges (FV3's grid type 0), by formula.

On the face of a cube of half-width 1 the cell edges lie at ``sqrt(2) tan(theta)``, with ``theta`` evenly
spaced in [-asin(1/sqrt(3)), asin(1/sqrt(3))], so that cells along the cube's edges have equal length
(Putman and Lin 2007, J. Comput. Phys. 227, section 3.1). The whole is turned by 10 degrees to the west.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import xarray as xr
from numpy.typing import NDArray

EARTH_RADIUS = 6371.2e3  # m, as in FV3
TILES = 6
_SHIFT = -10.0  # degrees of longitude
# One row per tile: directions of the face's centre, of growing x and of growing y, before the shift.
_FACES = np.array(
    [
        [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
        [[0, 1, 0], [-1, 0, 0], [0, 0, 1]],
        [[0, 0, 1], [-1, 0, 0], [0, -1, 0]],
        [[-1, 0, 0], [0, 0, -1], [0, -1, 0]],
        [[0, -1, 0], [0, 0, -1], [1, 0, 0]],
        [[0, 0, -1], [0, 1, 0], [1, 0, 0]],
    ],
    np.float64,
)


def corners(cells: int, window: int) -> NDArray[np.float64]:
    """Unit vectors of the cell corners of the central window, (tile, window + 1, window + 1, 3)."""
    alpha = np.arcsin(1 / np.sqrt(3))
    first = (cells - window) // 2
    theta = -alpha + 2 * alpha * (first + np.arange(window + 1)) / cells
    edge = np.sqrt(2) * np.tan(theta)
    centre, along_x, along_y = (_FACES[:, None, None, k] for k in range(3))
    points = centre + edge[None, None, :, None] * along_x + edge[None, :, None, None] * along_y
    shift = np.deg2rad(_SHIFT)
    turn = np.array(
        [[np.cos(shift), np.sin(shift), 0], [-np.sin(shift), np.cos(shift), 0], [0, 0, 1]], np.float64
    )
    return points / np.linalg.norm(points, axis=-1, keepdims=True) @ turn


def centres(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Unit vectors of the cell centres, (..., y, x, 3), from those of the corners."""
    mean = (
        points[..., :-1, :-1, :] + points[..., 1:, :-1, :] + points[..., :-1, 1:, :] + points[..., 1:, 1:, :]
    )
    return mean / np.linalg.norm(mean, axis=-1, keepdims=True)


def _triangle(a: NDArray[np.float64], b: NDArray[np.float64], c: NDArray[np.float64]) -> NDArray[np.float64]:
    """Solid angle of spherical triangles (Van Oosterom and Strackee 1983, equation 8)."""
    volume = np.abs((a * np.cross(b, c)).sum(-1))
    ab, bc, ca = (a * b).sum(-1), (b * c).sum(-1), (c * a).sum(-1)
    return 2 * np.arctan2(volume, 1 + ab + bc + ca)


@lru_cache(maxsize=8)
def cubed_sphere(cells: int = 384, window: int | None = None) -> xr.Dataset:
    """Centres and areas of the central ``window`` x ``window`` cells of each tile.

    Returns:
        ``lat``, ``lon`` (degrees; 0 to 360 E) and ``area`` (m2), each (tile, y, x) float64, and the unit
        vectors ``east_x``, ``east_y``: the components along the grid's x and y of a step to the east.
    """
    size = cells if window is None else window
    points = corners(cells, size)
    sw, se = points[:, :-1, :-1], points[:, :-1, 1:]
    nw, ne = points[:, 1:, :-1], points[:, 1:, 1:]
    area = (_triangle(sw, se, ne) + _triangle(sw, ne, nw)) * EARTH_RADIUS**2
    middle = centres(points)
    lat = np.rad2deg(np.arcsin(np.clip(middle[..., 2], -1, 1)))
    lon = np.rad2deg(np.arctan2(middle[..., 1], middle[..., 0])) % 360
    east = np.stack([-np.sin(np.deg2rad(lon)), np.cos(np.deg2rad(lon)), np.zeros_like(lon)], axis=-1)
    along_x = se + ne - sw - nw
    along_x /= np.linalg.norm(along_x, axis=-1, keepdims=True)
    east_x = (east * along_x).sum(-1)
    east_y = (east * np.cross(middle, along_x)).sum(-1)
    norm = np.hypot(east_x, east_y)
    dims = ("tile", "y", "x")
    return xr.Dataset(
        {
            "lat": (dims, lat, {"units": "degrees_north", "standard_name": "latitude"}),
            "lon": (dims, lon, {"units": "degrees_east", "standard_name": "longitude"}),
            "area": (dims, area, {"units": "m2", "standard_name": "cell_area"}),
            "east_x": (dims, east_x / norm),
            "east_y": (dims, east_y / norm),
        }
    )
