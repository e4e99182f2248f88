"""Additive histograms whose bin is a right shift of the float32 bit pattern, and what follows from them.

A bin holds the values that agree in sign, exponent and the first 7 bits of the mantissa: 128 bins an octave,
each at most 2^-7 of its value wide, from 2^-13 to 2^11 mm/h. Exact zeros have a bin of their own; drizzle
below 2^-13 (0.00012 mm/h) shares one and so does everything from 2^11 (2048 mm/h) on. Each bin keeps the sum
of its values, so means are exact. Merging in any order gives the same bins as one pass, which no digest or
sketch does, and nothing must be known of the range beforehand.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from downbench.contracts.grid import Zones
from downbench.read_only import writable
from downbench.scoring.kernels.jit import Array, compiled, frames_worth_a_thread, in_threads

MANTISSA_BITS = 7
_SHIFT = 23 - MANTISSA_BITS
_LOW, _HIGH = -13, 11  # powers of two
_BASE = (127 + _LOW) << MANTISSA_BITS
_REGULAR = (_HIGH - _LOW) << MANTISSA_BITS
BINS = _REGULAR + 3  # zero, below 2^-13, regular bins, 2^11 and above
WEIGHT, MASS, COUNT = 0, 1, 2  # parts of a histogram (..., 3, bin)


@cache
def histogram_edges() -> NDArray[np.float64]:
    """Edges [mm/h] of the bins, (bins + 1,): bin i holds edges[i] <= value < edges[i + 1].

    The first bin holds exact zeros alone, the last has no upper edge (infinity).
    """
    regular = ((np.arange(_REGULAR + 1, dtype=np.uint32) + _BASE) << _SHIFT).view(np.float32)
    edges = np.concatenate([[0.0, 0.0], regular.astype(np.float64), [np.inf]])
    edges.setflags(write=False)  # kept and shared
    return edges


@compiled
def _fill(
    values: Array,
    bits: Array,
    use: Array,
    area: Array,
    label: Array,
    slot: Array,
    scale: float,
    out: Array,
    start: int,
    stop: int,
) -> None:
    for t in range(start, stop):
        for p in range(values.shape[1]):
            if use[t, p]:
                k = min(max((int(bits[t, p]) >> _SHIFT) - _BASE + 2, 1), BINS - 1)
                cell = out[slot[t], label[p], k if values[t, p] > 0 else 0]
                weight = area[p] * scale
                cell[0] += weight
                cell[1] += weight * values[t, p]
                cell[2] += 1.0


def fill_histogram(
    field: NDArray[np.float32],
    use: NDArray[np.bool_],
    area: NDArray[np.float64],
    zones: Zones,
    slot: NDArray[np.int64],
    slots: int,
) -> NDArray[np.float64]:
    """Histogram (slot, region, 3, bin) of ``field`` (member, time, y, x) over the cells in ``use``.

    Args:
        field: rain [mm/h], zero or above (below zero counts as zero); members are pooled, each with weight
            area / m.
        use: cells (time, y, x) that count.
        area: (y, x).
        zones: of the tile.
        slot: time bin of each frame, 0..slots - 1.
        slots: number of time bins.

    Returns:
        Weights, weighted sums of values and plain counts.
    """
    m, steps = field.shape[:2]
    flags = writable(np.ascontiguousarray(np.broadcast_to(use, (m, *use.shape)))).reshape(m * steps, -1)
    values = writable(np.ascontiguousarray(field, np.float32)).reshape(m * steps, -1)
    bits = values.view(np.uint32)
    where = np.tile(slot, m)
    weights = writable(np.ascontiguousarray(area)).ravel()
    parts = []

    def work(start: int, stop: int) -> None:
        out = np.zeros((slots, zones.members.shape[1], BINS, 3))
        _fill(values, bits, flags, weights, zones.label, where, 1.0 / m, out, start, stop)
        parts.append((start, out))

    in_threads(work, m * steps, frames_worth_a_thread(area.size))
    total = sum(out for _, out in sorted(parts, key=lambda part: part[0]))
    return np.einsum("szbk,rz->srkb", total, zones.members)


def histogram_quantile(histogram: NDArray[np.float64], levels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Quantiles [mm/h] of a histogram (3, bin); off by at most 2^-7 of the value, typically a tenth of that.

    The smallest value that at least a share ``levels`` of the weight does not exceed (numpy's
    ``inverted_cdf``), where a level above that share by less than 1e-12 of it counts as equal, since sums of
    weights are rounded; inside a bin, values are taken as evenly spread around the bin's mean.
    """
    weight, mass = histogram[WEIGHT], histogram[MASS]
    filled = np.flatnonzero(weight > 0)
    cumulative = weight[filled].cumsum()
    target = np.asarray(levels, np.float64) * cumulative[-1]
    index = np.minimum(np.searchsorted(cumulative, target * (1 - 1e-12)), len(filled) - 1)
    chosen = filled[index]
    mean = mass[chosen] / weight[chosen]
    edges = histogram_edges()
    half = np.minimum(mean - edges[chosen], edges[chosen + 1] - mean)
    rank = 1 - (cumulative[index] - target) / weight[chosen]
    return mean + half.clip(0) * (2 * rank.clip(0, 1) - 1)


def histogram_wasserstein(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Wasserstein-1 distance [mm/h] of two histograms (3, bin): the area between their distributions.

    Each bin's share of the area is exact if the two distributions do not cross in it, from the exact means.
    Otherwise the result is too small by at most half the bin's width times the bin's weight in both, which
    sums up to at most 2^-8 times the sum of both means, plus 2^-14 mm/h from the bin of drizzle.
    """
    edges = histogram_edges()
    width = np.diff(edges[:-1])
    difference = a[WEIGHT] / a[WEIGHT].sum() - b[WEIGHT] / b[WEIGHT].sum()
    mass = a[MASS] / a[WEIGHT].sum() - b[MASS] / b[WEIGHT].sum()
    after = difference.cumsum()
    before = after - difference
    # Integral of F - G over a bin, by parts: [x (F - G)] - int x d(F - G)
    inside = edges[1:-1] * after[:-1] - edges[:-2] * before[:-1] - mass[:-1]
    inside = np.where(width > 0, inside, 0.0)
    above = mass[-1] - edges[-2] * difference[-1]  # the last bin has no upper edge: int (1 - F) - (1 - G)
    return float(np.abs(inside).sum() + abs(above))
