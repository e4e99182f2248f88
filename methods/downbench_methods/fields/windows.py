"""Overlapping windows, for fields that are too large to be worked on at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Window = tuple[slice, slice]
OVERLAP = 8  # coarse cells that neighbouring windows share


def coarse_side(window: int, factor: int) -> int:
    """Coarse cells a side of windows of so many fine cells, no smaller than what two of them share."""
    return max(window // factor, 2 * OVERLAP)


def scaled(window: Window, factor: int) -> Window:
    """The cells of a grid ``factor`` times finer."""
    y, x = (slice(s.start * factor, s.stop * factor) for s in window)
    return y, x


def starts(size: int, window: int, overlap: int) -> list[int]:
    """First cells of windows that cover ``size`` cells and overlap by at least ``overlap``."""
    if size <= window:
        return [0]
    count = -(-(size - overlap) // (window - overlap))
    return [round(i * (size - window) / (count - 1)) for i in range(count)]


def ramp(size: int, first: int, window: int, overlap: int) -> Array:
    """Weights of a window along one axis: falling to its inner edges, level at the edges of the field."""
    weight = np.ones(min(window, size), np.float32)
    edge = np.linspace(0, 1, overlap + 2, dtype=np.float32)[1:-1]
    if first > 0:
        weight[:overlap] = edge
    if first + window < size:
        weight[-overlap:] = edge[::-1]
    return weight


def blend(
    work: Callable[[Window], Array], height: int, width: int, window: int, overlap: int, factor: int
) -> Array:
    """Call ``work`` for each window of a coarse grid and blend the fine fields that it gives.

    Args:
        work: from (rows, columns) of coarse cells to a field (..., Y, X), ``factor`` times finer.
        height: coarse cells; width: likewise.
        window: coarse cells a side; overlap: cells that neighbours share at least.

    Returns:
        (..., height * factor, width * factor).
    """
    if height <= window and width <= window:
        return work((slice(0, height), slice(0, width)))
    out, total = None, np.zeros((height * factor, width * factor), np.float32)
    fine = window * factor
    for y in starts(height, window, overlap):
        for x in starts(width, window, overlap):
            part = work((slice(y, min(y + window, height)), slice(x, min(x + window, width))))
            weight = (
                ramp(height * factor, y * factor, fine, overlap * factor)[:, None]
                * ramp(width * factor, x * factor, fine, overlap * factor)
            )  # fmt: skip
            if out is None:
                out = np.zeros((*part.shape[:-2], height * factor, width * factor), np.float32)
            rows = slice(y * factor, y * factor + part.shape[-2])
            columns = slice(x * factor, x * factor + part.shape[-1])
            out[..., rows, columns] += part * weight
            total[rows, columns] += weight
    assert out is not None
    return (out / total).astype(np.float32)
