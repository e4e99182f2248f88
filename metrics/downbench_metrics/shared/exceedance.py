"""How many members exceed a threshold, and whether the truth does: all that scores of events need.

Ours because the libraries pass over the ensemble once per threshold and score.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from downbench import Chunk, Statistic, compiled
from downbench_metrics.shared.thresholds import THRESHOLDS
from downbench_metrics.shared.zones import added_up, by_region, flat, time_slots, zone_count

_BLOCK = 512  # cells whose counts stay in the first-level cache


def exceedances(chunk: Chunk) -> Statistic:
    """Area by number of exceeding members and event, per time bin (bin, region, threshold, m + 1, 2).

    The last axis is 0 where the truth stays at or below the threshold and 1 where it exceeds it.
    """

    def work() -> Statistic:
        count, slot = time_slots(chunk)
        m, zones = len(chunk.members), chunk.grid.zones(chunk.tile)
        truth, members, use = flat(chunk.truth), flat(chunk.members), flat(chunk.mask)
        area, limits = chunk.grid.area[chunk.tile].ravel(), np.array(THRESHOLDS, np.float32)

        def kernel(out: NDArray[np.float64], start: int, stop: int) -> None:
            _table(truth, members, use, area, zones.label, slot, limits, out, start, stop)

        shape = (count, zone_count(chunk), len(limits), m + 1, 2)
        return Statistic(by_region(chunk, added_up(chunk, shape, kernel)), "bin", "exceedances")

    return chunk.shared("exceedances", work)


@compiled
def _table(
    truth: NDArray,
    members: NDArray,
    use: NDArray,
    area: NDArray,
    label: NDArray,
    slot: NDArray,
    limits: NDArray,
    out: NDArray,
    start: int,
    stop: int,
) -> None:
    counts = np.zeros((len(limits), _BLOCK), np.int32)
    for t in range(start, stop):
        for left in range(0, truth.shape[1], _BLOCK):
            n = min(_BLOCK, truth.shape[1] - left)
            counts[:] = 0
            for k in range(members.shape[0]):
                x = members[k, t, left : left + n]
                for j in range(len(limits)):
                    row, limit = counts[j], limits[j]
                    for i in range(n):
                        row[i] += x[i] > limit
            y, u = truth[t, left : left + n], use[t, left : left + n]
            for i in range(n):
                if u[i]:
                    table, weight = out[slot[t], label[left + i]], area[left + i]
                    for j in range(len(limits)):
                        table[j, counts[j, i], np.int64(y[i] > limits[j])] += weight
