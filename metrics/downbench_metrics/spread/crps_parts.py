"""Reliability, resolution and uncertainty: what the CRPS of an ensemble is made of.

Ours because the libraries have no weights, keep every case, and pass over it once per member.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from downbench import Chunk, Curve, Metric, Statistic, Totals, Value, compiled
from downbench_metrics.shared.zones import added_up, by_region, flat, time_slots, zone_count

_BLOCK = 512  # cells whose highest values stay in the first-level cache
_FORM = (
    "of the plain CRPS, which is reliability - resolution + uncertainty (with all m2 pairs of members: it "
    "exceeds the fair crps by mean |X - X'| / (2 m))"
)
_SOURCE = "Hersbach (2000), doi:10.1175/1520-0434(2000)015<0559:DOTCRP>2.0.CO;2"


class CRPSParts(NamedTuple):
    """Parts of the CRPS [mm/h], and the frequencies (m + 1,) with which the truth is below each rank."""

    reliability: float
    potential: float
    uncertainty: float
    frequency: NDArray[np.float64]


class _Part(Metric):
    needs = "ensemble"
    fair = False
    reference = _SOURCE

    def statistics(self, chunk: Chunk) -> Mapping[str, Statistic]:
        """Distances between members, split where the truth lies, and the distribution of the truth."""
        return {"gaps": _gaps(chunk), "truth": chunk.histogram("truth")}


class CRPSReliability(_Part):
    """What the CRPS would lose if the ensemble's probabilities were calibrated."""

    name = "crps-reliability"
    definition = (
        f"reliability term {_FORM}. Sum over ranks i = 0 to m of g (o - i / m)2, g the mean distance of "
        "the members i and i + 1 and o the frequency with which the truth is below, weighted by distance "
        "(outside the ensemble: by cases)"
    )

    def value(self, totals: Totals) -> Value:
        """Reliability [mm/h]."""
        return crps_parts(totals["gaps"], totals["truth"]).reliability

    def curve(self, totals: Totals) -> Curve:
        """Frequency with which the truth is below each rank, against the probability of that."""
        m = totals.members
        frequency = crps_parts(totals["gaps"], totals["truth"]).frequency
        p = np.arange(m + 1) / m
        series = {"ensemble": frequency, "calibrated": p}
        return Curve(p, series, "probability that the truth is below", "frequency that it is")


class CRPSResolution(_Part):
    """How much better than the climatology of the truth the ensemble is once it is calibrated."""

    name = "crps-resolution"
    direction = "higher"
    range = (float("-inf"), float("inf"))
    definition = (
        f"resolution term {_FORM}: the uncertainty less the sum over ranks of g o (1 - o), the CRPS that the "
        "ensemble could have if it were calibrated (g and o as in crps-reliability)"
    )

    def value(self, totals: Totals) -> Value:
        """Resolution [mm/h]."""
        parts = crps_parts(totals["gaps"], totals["truth"])
        return parts.uncertainty - parts.potential


class CRPSUncertainty(Metric):
    """The CRPS of the climatology of the truth."""

    name = "crps-uncertainty"
    direction = "none"
    reference = _SOURCE
    definition = (
        f"uncertainty term {_FORM}: half the mean absolute difference of two true values, all cells "
        "and times pooled by area. It depends on the truth alone, so it is the same for all methods"
    )

    def statistics(self, chunk: Chunk) -> Mapping[str, Statistic]:
        """The distribution of the truth."""
        return {"truth": chunk.histogram("truth")}

    def value(self, totals: Totals) -> Value:
        """Uncertainty [mm/h]."""
        return _uncertainty(totals["truth"])


def crps_parts(gaps: NDArray[np.float64], truth: NDArray[np.float64]) -> CRPSParts:
    """All parts, from the statistics (m + 1, 3) of :func:`_gaps` and a histogram (3, bin) of the truth."""
    area = truth[0].sum()
    above, below, outside = gaps.T / area  # distance below which the truth lies not, lies; cases outside
    m = len(gaps) - 1
    width = above + below
    frequency = np.divide(below, width, out=np.zeros(m + 1), where=width > 0)
    frequency[0], frequency[m] = outside[0], 1 - outside[m]
    width[0] = below[0] / outside[0] if outside[0] > 0 else 0.0
    width[m] = above[m] / outside[m] if outside[m] > 0 else 0.0
    p = np.arange(m + 1) / m
    reliability = float((width * (frequency - p) ** 2).sum())
    potential = float((width * frequency * (1 - frequency)).sum())
    return CRPSParts(reliability, potential, _uncertainty(truth), frequency)


def _uncertainty(histogram: NDArray[np.float64]) -> float:
    """Half the mean absolute difference of values: exact but for differences within one bin."""
    weight, mass = histogram[:2] / histogram[0].sum()
    below = weight.cumsum() - weight
    return float((mass * (below - (1 - below - weight))).sum())


def _gaps(chunk: Chunk) -> Statistic:
    """Sums by area per time bin (bin, region, m + 1, 3), rank by rank.

    Of the distance between two neighbouring members (or the truth and the outermost member), first the part
    below the truth, then the part above it; last the cases in which the truth lies outside, below or above.
    """

    def work() -> Statistic:
        count, slot = time_slots(chunk)
        truth, members, use = flat(chunk.truth), flat(chunk.members), flat(chunk.mask)
        area, label = chunk.grid.area[chunk.tile].ravel(), chunk.grid.zones(chunk.tile).label

        def kernel(out: NDArray[np.float64], start: int, stop: int) -> None:
            _add(truth, members, use, area, label, slot, out, start, stop)

        shape = (count, zone_count(chunk), len(members) + 1, 3)
        return Statistic(by_region(chunk, added_up(chunk, shape, kernel)), "bin", "crps-gaps")

    return chunk.shared("crps-gaps", work)


@compiled
def _add(
    truth: NDArray,
    members: NDArray,
    use: NDArray,
    area: NDArray,
    label: NDArray,
    slot: NDArray,
    out: NDArray,
    start: int,
    stop: int,
) -> None:
    m, high, ordered = members.shape[0], np.empty(_BLOCK, np.float32), np.empty(members.shape[0], np.float32)
    for t in range(start, stop):
        for left in range(0, truth.shape[1], _BLOCK):
            n = min(_BLOCK, truth.shape[1] - left)
            high[:n] = truth[t, left : left + n]
            for k in range(m):
                x = members[k, t, left : left + n]
                for i in range(n):
                    high[i] = x[i] if x[i] > high[i] else high[i]  # stays NaN where there is no truth
            for i in range(n):
                p = left + i
                if not high[i] > 0 or not use[t, p]:
                    continue  # all dry: no distances
                for k in range(m):  # insertion: few members, mostly in order already (zeros)
                    value, at = members[k, t, p], k
                    while at > 0 and ordered[at - 1] > value:
                        ordered[at] = ordered[at - 1]
                        at -= 1
                    ordered[at] = value
                y, w, sums = truth[t, p], area[p], out[slot[t], label[p]]
                if y < ordered[0]:
                    sums[0, 1] += w * (np.float64(ordered[0]) - y)
                    sums[0, 2] += w
                elif y > ordered[m - 1]:
                    sums[m, 0] += w * (np.float64(y) - ordered[m - 1])
                    sums[m, 2] += w
                for k in range(1, m):
                    lower, upper = np.float64(ordered[k - 1]), np.float64(ordered[k])
                    if upper > lower:
                        split = min(max(np.float64(y), lower), upper)
                        sums[k, 0] += w * (split - lower)
                        sums[k, 1] += w * (upper - split)
