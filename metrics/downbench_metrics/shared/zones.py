"""Kernels that add up over cells and time: one result per thread, then sums over the zones of each region."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from downbench import Chunk, in_threads


def time_slots(chunk: Chunk) -> tuple[int, NDArray[np.int64]]:
    """How many time bins a chunk touches, and the place of each frame's bin among them, (time,)."""
    starts, slot = np.unique(chunk.bins, return_inverse=True)
    return len(starts), slot.astype(np.int64)


def added_up(
    chunk: Chunk, shape: tuple[int, ...], kernel: Callable[[NDArray[np.float64], int, int], None]
) -> NDArray[np.float64]:
    """Sum (shape) over the frames of a chunk; ``kernel(out, start, stop)`` adds some of them to ``out``."""
    parts: list[tuple[int, NDArray[np.float64]]] = []

    def work(start: int, stop: int) -> None:
        out = np.zeros(shape)
        kernel(out, start, stop)
        parts.append((start, out))

    in_threads(work, len(chunk.times), frames_per_thread(chunk))
    return np.sum([out for _, out in sorted(parts, key=lambda part: part[0])], axis=0)


def frames_per_thread(chunk: Chunk) -> int:
    """Frames that are worth a thread of their own."""
    return max(1, 400_000 // (chunk.truth[0].size * len(chunk.members)))


def zone_count(chunk: Chunk) -> int:
    """Number of zones of a chunk's tile."""
    return chunk.grid.zones(chunk.tile).members.shape[1]


def by_region(chunk: Chunk, zoned: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sums (bin, region, ...) from sums (bin, zone, ...)."""
    return np.tensordot(chunk.grid.zones(chunk.tile).members, zoned, (1, 1)).swapaxes(0, 1)


def flat(field: NDArray) -> NDArray:
    """Cells on one axis: (..., y, x) to (..., cell)."""
    return field.reshape(*field.shape[:-2], -1)
