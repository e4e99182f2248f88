"""Error of the mean of the highest values."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from downbench import Chunk, Metric, Statistic, Totals, Value, histogram_quantile
from downbench_metrics.shared.beyond import too_few

SHARE = 1e-3


class Top(Metric):
    """Mean rain of the wettest 0.1 % of ensemble values less that of the truth."""

    name = "top"
    fair = False
    range = (float("-inf"), float("inf"))
    headline = "absolute"
    definition = (
        "mean of the highest 0.1 % of all values (weights area, of the ensemble area / m), ensemble less "
        "truth, absolute and signed; null where p99.9 is; from additive histograms with exact means in "
        "bins, off by at most 2^-7 of the share of one bin"
    )
    reference = "Acerbi and Tasche (2002), doi:10.1016/S0378-4266(02)00283-2 (expected shortfall)"

    def statistics(self, chunk: Chunk) -> Mapping[str, Statistic]:
        """Histograms of truth and ensemble."""
        return {which: chunk.histogram(which) for which in ("truth", "ensemble")}

    def value(self, totals: Totals) -> Value:
        """Absolute and signed error [mm/h]."""
        quantile = float(histogram_quantile(totals["truth"], np.array([1 - SHARE]))[0])
        why = too_few(totals, quantile)
        error = top_mean(totals["ensemble"], SHARE) - top_mean(totals["truth"], SHARE)
        return {"absolute": why or abs(error), "signed": why or error}


def top_mean(histogram: NDArray[np.float64], share: float) -> float:
    """Mean [mm/h] of the highest ``share`` of the weight of a histogram (3, bin)."""
    weight, mass = histogram[0][::-1], histogram[1][::-1]
    target = share * weight.sum()
    above = weight.cumsum() - weight  # in higher bins
    taken = np.clip(target - above, 0, weight)
    part = np.divide(taken, weight, out=np.zeros_like(weight), where=weight > 0)
    return float((part * mass).sum() / target)
