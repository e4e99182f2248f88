"""Wide classes of rain rates: below 0.125 mm/h, then four to an octave, then whatever is above."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from downbench import histogram_edges

FIRST = 0.125  # mm/h; below it lies one class
PER_OCTAVE = 4


def class_edges() -> NDArray[np.float64]:
    """Edges [mm/h] of the classes, (class + 1,), from 0 to infinity."""
    edges, first, wide = _cut()
    return np.concatenate([[0.0], edges[first:-1:wide], edges[-1:]])


def in_classes(histogram: NDArray[np.float64]) -> NDArray[np.float64]:
    """What each class holds (class,), from one row (bin,) of a histogram."""
    _, first, wide = _cut()
    regular = histogram[first:-1].reshape(-1, wide).sum(axis=1)
    return np.concatenate([[histogram[:first].sum()], regular, histogram[-1:]])


def _cut() -> tuple[NDArray[np.float64], int, int]:
    """Edges of the histograms, the first bin that is not in the lowest class, and bins in a class."""
    edges = histogram_edges()
    first = int(np.flatnonzero(edges == FIRST)[0])
    octave = int(np.flatnonzero(edges == 2 * FIRST)[0]) - first
    return edges, first, octave // PER_OCTAVE
