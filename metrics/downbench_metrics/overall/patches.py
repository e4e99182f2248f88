"""Square patches of a tile, each of whole coarse cells, for scores of several cells at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from downbench import Chunk, Statistic, compiled, in_threads
from downbench_metrics.shared.zones import frames_per_thread

LEAST = 8  # cells along the edge of a patch


def patch_size(factor: int) -> int:
    """Cells along the edge of a patch: the least number of whole coarse cells that spans eight cells."""
    return -(-LEAST // factor) * factor


@compiled
def gather(truth: NDArray, members: NDArray, t: int, y: int, x: int, size: int, out: NDArray) -> float:
    """Copy a patch to ``out`` (1 + member, cell), truth first; give its highest value, NaN with a gap."""
    highest, gap = np.float32(0), np.float32(0)
    for i in range(size):
        here = slice(i * size, (i + 1) * size)
        out[0, here] = truth[t, y + i, x : x + size]
        for k in range(members.shape[0]):
            out[k + 1, here] = members[k, t, y + i, x : x + size]
    for k in range(len(out)):
        for p in range(size * size):
            highest = out[k, p] if out[k, p] > highest else highest
    for p in range(size * size):
        gap += out[0, p] * np.float32(0)  # zero, or NaN once a cell is missing
    return float(highest + gap)


def patch_sums(
    chunk: Chunk, name: str, kernel: Callable[[int, NDArray[np.float32], int, int], None]
) -> dict[str, Statistic]:
    """Area-weighted sums of a score of patches, and the area of the patches that have one.

    Args:
        chunk: to score.
        name: of the statistics.
        kernel: ``kernel(size, out, start, stop)`` fills out (time, patches in y, patches in x) for some
            frames, NaN for a patch with a masked cell.
    """
    size = patch_size(chunk.grid.factor)
    frames, ny, nx = chunk.truth.shape
    scores = np.empty((frames, ny // size, nx // size), np.float32)
    in_threads(lambda a, b: kernel(size, scores, a, b), frames, frames_per_thread(chunk))
    fine = np.full(chunk.truth.shape, np.nan, np.float32)
    whole = scores.repeat(size, axis=1).repeat(size, axis=2)
    fine[:, : whole.shape[1], : whole.shape[2]] = whole
    valid = np.isfinite(fine)
    return {
        "score": chunk.sum(fine, name, valid),
        "valid": chunk.sum(valid, "patches"),
    }
