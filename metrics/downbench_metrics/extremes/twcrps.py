"""Threshold-weighted continuous ranked probability score."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from downbench import Chunk, Metric, Statistic, Totals, Value, compiled, in_threads
from downbench_metrics.shared.lone import lone_member
from downbench_metrics.shared.thresholds import HEAVY, label
from downbench_metrics.shared.zones import flat, frames_per_thread

_BLOCK = 512  # cells


class ThresholdWeightedCRPS(Metric):
    """The fair CRPS of what lies above a threshold: heavy rain only."""

    name = "twcrps"
    range = (float("-inf"), float("inf"))
    headline = label(HEAVY[-1])
    definition = (
        "fair CRPS of max(X, t) against max(y, t), that is with weight one on values above t and zero "
        "below; mean over cells and times by area. One deterministic member: mean absolute error of max(x, "
        "t)"
    )
    reference = (
        "Gneiting and Ranjan (2011), doi:10.1198/jbes.2010.08110; Allen et al. (2023), doi:10.1137/22M1532184"
    )

    def statistics(self, chunk: Chunk) -> Mapping[str, Statistic]:
        """Sums of the scores (time, region, threshold)."""
        return {"score": chunk.sum(threshold_weighted(chunk), "twcrps"), "weight": chunk.weight()}

    def value(self, totals: Totals) -> Value:
        """Mean score [mm/h] at each threshold."""
        why = lone_member(totals, "fair CRPS")
        scores = totals["score"] / totals["weight"]
        return {label(t): why or float(score) for t, score in zip(HEAVY, scores, strict=True)}


def threshold_weighted(chunk: Chunk) -> NDArray[np.float32]:
    """Fair threshold-weighted CRPS [mm/h] (threshold, time, y, x), zero where all is below."""
    out = np.zeros((len(HEAVY), *chunk.truth.shape), np.float32)
    flat_out, limits = flat(out), np.array(HEAVY)
    truth, members = flat(chunk.truth), flat(chunk.members)
    in_threads(
        lambda a, b: _scores(truth, members, limits, flat_out, a, b), len(truth), frames_per_thread(chunk)
    )
    return out


@compiled
def _scores(truth: NDArray, members: NDArray, limits: NDArray, out: NDArray, start: int, stop: int) -> None:
    m, high = members.shape[0], np.empty(_BLOCK, np.float32)
    ordered, lowest = np.empty(m), np.float32(limits.min())
    pairs = 1.0 / (m * (m - 1)) if m > 1 else 0.0
    for t in range(start, stop):
        for left in range(0, truth.shape[1], _BLOCK):
            n = min(_BLOCK, truth.shape[1] - left)
            high[:n] = truth[t, left : left + n]
            for k in range(m):
                x = members[k, t, left : left + n]
                for i in range(n):
                    high[i] = x[i] if x[i] > high[i] else high[i]  # stays NaN where there is no truth
            for i in range(n):
                if not high[i] > lowest:
                    continue
                for k in range(m):  # insertion: few members, mostly in order already (zeros)
                    value, at = np.float64(members[k, t, left + i]), k
                    while at > 0 and ordered[at - 1] > value:
                        ordered[at] = ordered[at - 1]
                        at -= 1
                    ordered[at] = value
                for j in range(len(limits)):
                    y, total = max(np.float64(truth[t, left + i]), limits[j]), 0.0
                    for k in range(m):
                        d = max(ordered[k], limits[j]) - y
                        total += abs(d) / m - (2 * k - m + 1) * pairs * d
                    out[j, t, left + i] = total
