"""Where on the globe data lie: the edge of each tile, in few points, for a map."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from downbench.contracts.dataset import FieldSequence

_POINTS = 9  # along each edge of a tile, corners included

Outline = list[list[float]]


def outlines_of(sequences: Sequence[FieldSequence]) -> list[Outline]:
    """Edges of all tiles as (longitude, latitude) in degrees, to a hundredth; each tile once.

    Empty where the data have no latitude and longitude, or where these are missing along an edge.

    Args:
        sequences: of a split.
    """
    outlines: list[Outline] = []
    for sequence in sequences:
        if not {"lat", "lon"} <= set(sequence.static):
            return []
        lat, lon = (sequence.static[name].to_numpy() for name in ("lat", "lon"))
        for tile in range(lat.shape[0]):
            y, x = _edge(*lat.shape[1:])
            edge = np.stack([lon[tile, y, x], lat[tile, y, x]], axis=1).astype(float).round(2)
            if not np.isfinite(edge).all():
                return []
            if edge.tolist() not in outlines:
                outlines.append(edge.tolist())
    return outlines


def _edge(rows: int, columns: int) -> tuple[np.ndarray, np.ndarray]:
    """Indices (y, x) once around a tile."""
    y, x = (np.linspace(0, size - 1, min(size, _POINTS)).round().astype(int) for size in (rows, columns))
    ys = np.concatenate([np.zeros(len(x), int), y, np.full(len(x), rows - 1), y[::-1]])
    xs = np.concatenate([x, np.full(len(y), columns - 1), x[::-1], np.zeros(len(y), int)])
    return ys, xs
