"""Lag-1 autocorrelation error."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from downbench import Chunk, Metric, Null, Statistic, Totals, Value
from downbench_metrics.shared.correlation import correlation


class Lag1(Metric):
    """Whether rain persists from frame to frame as it does in the truth."""

    name = "lag1"
    unit = "1"
    past = 1
    range = (-2.0, 2.0)
    headline = "absolute"
    definition = (
        "correlation of a cell's rain with its rain one frame before, all cells and pairs of frames "
        "pooled with weights by area, for each member: mean over members of |r_member - r_truth| "
        "(absolute) and of r_member - r_truth (signed)"
    )
    reference = "arXiv:2509.26258 (EnScale) has errors of lag-1 autocorrelation"

    def statistics(self, chunk: Chunk) -> Mapping[str, Statistic]:
        """Pair sums of truth and members."""
        return {which: chunk.pairs(which, (1, 0, 0)) for which in ("truth", "ensemble")}

    def value(self, totals: Totals) -> Value:
        """Absolute and signed error of the correlation."""
        truth, members = correlation(totals["truth"]), correlation(totals["ensemble"])
        why = None
        if totals["truth"][0, 0] <= 0:
            why = Null("no two frames follow each other")
        elif np.isnan(truth).any():
            why = Null("the truth is constant")
        elif np.isnan(members).any():
            why = Null("a member is constant")
        return {
            "absolute": why or float(np.mean(abs(members - truth))),
            "signed": why or float(np.mean(members - truth)),
        }
