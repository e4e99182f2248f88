"""Rank histograms; the weight of a tie is spread evenly over the tied ranks, so they stay additive."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from downbench.contracts.grid import Zones
from downbench.read_only import writable
from downbench.scoring.kernels.jit import Array, compiled, frames_worth_a_thread, in_threads


@compiled
def _ranks(
    below: Array, equal: Array, use: Array, area: Array, label: Array, out: Array, start: int, stop: int
) -> None:
    for t in range(start, stop):
        for p in range(below.shape[1]):
            if use[t, p]:
                first = np.int64(below[t, p])
                tied = np.int64(equal[t, p]) + 1
                share = area[p] / tied
                for rank in range(first, first + tied):
                    out[t, label[p], rank] += share


def rank_histogram(
    below: NDArray[np.uint16],
    equal: NDArray[np.uint16],
    use: NDArray[np.bool_],
    area: NDArray[np.float64],
    zones: Zones,
    members: int,
) -> NDArray[np.float64]:
    """Area per rank 0..members, (time, region, members + 1).

    Args:
        below: members below the truth, (time, y, x).
        equal: members equal to it.
        use: cells that count.
        area: (y, x).
        zones: of the tile.
        members: size of the ensemble.
    """
    steps = len(below)
    out = np.zeros((steps, zones.members.shape[1], members + 1))
    low, same, flags = (writable(np.ascontiguousarray(a)).reshape(steps, -1) for a in (below, equal, use))
    weights, least = writable(np.ascontiguousarray(area)).ravel(), frames_worth_a_thread(area.size)
    in_threads(lambda a, b: _ranks(low, same, flags, weights, zones.label, out, a, b), steps, least)
    return np.einsum("tzk,rz->trk", out, zones.members)
