"""Changes from frame to frame: their histogram, and their mean size at each time.

The bins are logarithmic on both sides of zero, cut from the float's own bits: 16 to an octave from 2^-10
(0.001) to 2^10 mm/h, one for all smaller changes and one for the larger ones of each sign. Each keeps its
weight and the weighted sum of its changes, so that means are exact.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from downbench import Chunk, Statistic, compiled
from downbench_metrics.motion.previous import frame_before
from downbench_metrics.shared.zones import added_up, by_region, flat, time_slots, zone_count

_SHIFT = 23 - 4
_BASE = (127 - 10) << 4
_REGULAR = 20 << 4
_ZERO = _REGULAR + 1  # bin of changes below 2^-10
BINS = 2 * _ZERO + 1


def change_edges() -> NDArray[np.float64]:
    """Inner edges [mm/h] of the bins, (BINS - 1,)."""
    positive = ((np.arange(_REGULAR + 1, dtype=np.uint32) + _BASE) << _SHIFT).view(np.float32)
    return np.concatenate([-positive[::-1], positive]).astype(np.float64)


def changes(chunk: Chunk, which: Literal["truth", "ensemble"]) -> tuple[Statistic, Statistic]:
    """Histogram of changes per time bin, (bin, region, 2, BINS): weights and weighted sums of changes.

    And, per step, the weighted sum of absolute changes and the weight, (time, region, 2). Members are pooled
    with weights area / m. A change counts at its later frame, where both are valid.
    """
    return chunk.shared(("changes", which), lambda: _changes(chunk, which))


def _changes(chunk: Chunk, which: Literal["truth", "ensemble"]) -> tuple[Statistic, Statistic]:
    count, slot = time_slots(chunk)
    steps = len(chunk.times)
    before = frame_before(chunk)
    use = np.ascontiguousarray(flat(chunk.mask))
    valid = use & np.concatenate([np.isfinite(before[0])[None], use[:-1]])
    fields = flat(chunk.truth[None] if which == "truth" else chunk.members)
    first = before[0][None] if which == "truth" else before[1]
    area, runs = chunk.grid.area[chunk.tile].ravel(), chunk.grid.zones(chunk.tile).runs
    size = count * zone_count(chunk) * 2 * BINS

    def kernel(out: NDArray[np.float64], start: int, stop: int) -> None:
        table = out[:size].reshape(count, -1, BINS, 2)
        means = out[size:].reshape(steps, -1, 2)
        _add(fields, first, valid, area, runs, slot, table, means, start, stop)

    sums = added_up(chunk, (size + steps * zone_count(chunk) * 2,), kernel)
    table = sums[:size].reshape(count, -1, BINS, 2).swapaxes(2, 3)
    means = sums[size:].reshape(steps, -1, 2)
    return (
        Statistic(by_region(chunk, table), "bin", f"changes.{which}"),
        Statistic(by_region(chunk, means), "step", f"mean change.{which}"),
    )


@compiled
def _add(
    fields: NDArray,
    first: NDArray,
    valid: NDArray,
    area: NDArray,
    runs: NDArray,
    slot: NDArray,
    table: NDArray,
    means: NDArray,
    start: int,
    stop: int,
) -> None:
    m = fields.shape[0]
    line = np.empty(fields.shape[2], np.float32)
    bits = line.view(np.uint32)
    for t in range(start, stop):
        for k in range(m):
            now, old, use = fields[k, t], (fields[k, t - 1] if t > 0 else first[k]), valid[t]
            for p in range(len(line)):
                line[p] = now[p] - old[p]
            for r in range(runs.shape[0]):
                z = runs[r, 2]
                bins = table[slot[t], z]
                still, size, whole = 0.0, 0.0, 0.0
                for p in range(runs[r, 0], runs[r, 1]):
                    if not use[p]:
                        continue
                    weight, d = area[p] / m, np.float64(line[p])
                    whole += weight
                    size += weight * abs(d)
                    if line[p] == 0:
                        still += weight
                        continue
                    b = min(max((int(bits[p] & 0x7FFFFFFF) >> _SHIFT) - _BASE + 1, 0), _REGULAR + 1)
                    cell = bins[_ZERO + b if d > 0 else _ZERO - b]
                    cell[0] += weight
                    cell[1] += weight * d
                bins[_ZERO, 0] += still
                means[t, z, 0] += size
                means[t, z, 1] += whole
