"""Which cells of a grid lie in polygons on the globe, by casting rays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from downbench.scoring.kernels.jit import Array, compiled

Polygon = list[NDArray[np.float64]]


@compiled
def _crossings(x: Array, y: Array, ring: Array, odd: Array) -> None:
    """Flip ``odd`` for each edge of the ring that a ray from the point to the east crosses."""
    for i in range(len(ring)):
        x0, y0 = ring[i - 1, 0], ring[i - 1, 1]
        x1, y1 = ring[i, 0], ring[i, 1]
        if y0 == y1:
            continue
        low, high = min(y0, y1), max(y0, y1)
        slope = (x1 - x0) / (y1 - y0)
        for p in range(len(x)):
            if low <= y[p] < high and x[p] < x0 + (y[p] - y0) * slope:
                odd[p] = not odd[p]


def inside_polygons(
    lon: NDArray[np.floating], lat: NDArray[np.floating], polygons: list[Polygon]
) -> NDArray[np.bool_]:
    """Points inside any of the polygons, in the shape of ``lon`` and ``lat`` [degrees].

    A polygon is a list of rings (n, 2) of longitude and latitude, the outer one first, then holes. Edges are
    straight lines in longitude and latitude (RFC 7946); over the date line they go on beyond 180, or below
    -180, or the polygon is cut in two there. Points may have either convention of longitude.
    """
    inside = np.zeros(lon.size, bool)
    x, y = lon.astype(np.float64).ravel(), lat.astype(np.float64).ravel()
    for rings in polygons:
        west, south = rings[0].min(axis=0)
        east, north = rings[0].max(axis=0)
        turned = west + (x - west) % 360
        near = np.flatnonzero((turned <= east) & (y >= south) & (y <= north))
        odd = np.zeros(len(near), np.bool_)
        for ring in rings:
            _crossings(turned[near], y[near], np.ascontiguousarray(ring), odd)
        inside[near] |= odd
    return inside.reshape(lon.shape)
