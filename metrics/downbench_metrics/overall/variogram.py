"""Variogram score on patches."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from downbench import Chunk, Metric, Null, Statistic, Totals, Value, compiled
from downbench_metrics.overall.patches import gather, patch_sums
from downbench_metrics.shared.lone import lone_member

LAGS = (1, 2, 4)  # cells, down and to the right


class VariogramScore(Metric):
    """Whether differences between neighbouring cells are as large as the members say."""

    name = "variogram-score"
    neighbours = True
    range = (float("-inf"), float("inf"))
    definition = (
        "(|y_a - y_b|^1/2 - mean over members of |x_a - x_b|^1/2)2 less s2 / m, s2 the unbiased variance of "
        "|x_a - x_b|^1/2 over the members (which makes it fair); mean over the pairs of cells a, b of a "
        "patch that lie 1, 2 or 4 cells apart in y or in x, over patches and times by area. One "
        "deterministic member: without the correction"
    )
    reference = "Scheuerer and Hamill (2015), doi:10.1175/MWR-D-14-00269.1"

    def statistics(self, chunk: Chunk) -> Mapping[str, Statistic]:
        """Sums of the score and of the area of patches."""

        def kernel(size: int, out: NDArray[np.float32], start: int, stop: int) -> None:
            lags = [lag for lag in LAGS if lag < size]
            shifts = np.array([lag * size for lag in lags] + lags)
            columns = np.array([0] * len(lags) + lags)
            _scores(chunk.truth, chunk.members, size, shifts, columns, out, start, stop)

        return patch_sums(chunk, "variogram", kernel)

    def value(self, totals: Totals) -> Value:
        """Mean score [mm/h]."""
        if totals["valid"] <= 0:
            return Null("no patch is wholly valid")
        return lone_member(totals, "fair variogram score") or float(totals["score"] / totals["valid"])


@compiled
def _scores(
    truth: NDArray,
    members: NDArray,
    size: int,
    shifts: NDArray,
    columns: NDArray,
    out: NDArray,
    start: int,
    stop: int,
) -> None:
    """``shifts`` are flat distances of cells in a patch, ``columns`` those of them that are along x."""
    m, cells = members.shape[0], size * size
    patch = np.empty((m + 1, cells), np.float32)
    first, second = np.empty(cells, np.float32), np.empty(cells, np.float32)
    spare = np.float32(1.0 / (m - 1)) if m > 1 else np.float32(0)
    for t in range(start, stop):
        for row in range(out.shape[1]):
            for column in range(out.shape[2]):
                highest = gather(truth, members, t, row * size, column * size, size, patch)
                if not highest > 0:  # dry, or not wholly valid
                    out[t, row, column] = highest
                    continue
                total, number = 0.0, 0
                for s in range(len(shifts)):
                    shift, n = shifts[s], cells - shifts[s]
                    first[:n] = 0
                    second[:n] = 0
                    for k in range(m):
                        a, b = patch[k + 1, :n], patch[k + 1, shift:]
                        for p in range(n):
                            d = abs(b[p] - a[p])
                            first[p] += np.sqrt(d)
                            second[p] += d
                    y, z = patch[0, :n], patch[0, shift:]
                    for p in range(n):
                        if p % size + columns[s] < size:  # else it runs over the patch's edge
                            mean = first[p] / m
                            variance = max(second[p] / m - mean * mean, 0) * spare
                            gap = np.sqrt(abs(z[p] - y[p])) - mean
                            total += gap * gap - variance
                            number += 1
                out[t, row, column] = total / number
