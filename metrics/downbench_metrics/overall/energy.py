"""Energy score on patches."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from downbench import Chunk, Metric, Null, Statistic, Totals, Value, compiled
from downbench_metrics.overall.patches import gather, patch_sums
from downbench_metrics.shared.lone import lone_member


class EnergyScore(Metric):
    """The CRPS of whole patches: distances between fields instead of between values."""

    name = "energy-score"
    neighbours = True
    range = (float("-inf"), float("inf"))
    definition = (
        "E|X - y| - 1/2 E|X - X'| over the m(m - 1) pairs of different members, with |.| the root mean "
        "square over the cells of a patch (the least number of whole coarse cells that spans 8 cells); mean "
        "over patches and times by area. One deterministic member: mean |x - y|"
    )
    reference = (
        "Gneiting and Raftery (2007), doi:10.1198/016214506000001437; Ferro (2014), doi:10.1002/qj.2270"
    )

    def statistics(self, chunk: Chunk) -> Mapping[str, Statistic]:
        """Sums of the score and of the area of patches."""

        def kernel(size: int, out: NDArray[np.float32], start: int, stop: int) -> None:
            _scores(chunk.truth, chunk.members, size, out, start, stop)

        return patch_sums(chunk, "energy", kernel)

    def value(self, totals: Totals) -> Value:
        """Mean score [mm/h]."""
        if totals["valid"] <= 0:
            return Null("no patch is wholly valid")
        return lone_member(totals, "fair energy score") or float(totals["score"] / totals["valid"])


@compiled
def _scores(truth: NDArray, members: NDArray, size: int, out: NDArray, start: int, stop: int) -> None:
    m = members.shape[0]
    patch = np.empty((m + 1, size * size), np.float32)
    pairs = 1.0 / (m * (m - 1)) if m > 1 else 0.0
    for t in range(start, stop):
        for row in range(out.shape[1]):
            for column in range(out.shape[2]):
                highest = gather(truth, members, t, row * size, column * size, size, patch)
                if not highest > 0:  # dry, or not wholly valid
                    out[t, row, column] = highest
                    continue
                score = 0.0
                for i in range(m + 1):
                    a = patch[i]
                    for j in range(i + 1, m + 1):
                        b, squares = patch[j], np.float32(0)
                        for p in range(size * size):
                            d = a[p] - b[p]
                            squares += d * d
                        score += (1.0 / m if i == 0 else -pairs) * np.sqrt(np.float64(squares))
                out[t, row, column] = score / size
