"""Flatness of the rank histogram."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from downbench import Chunk, Curve, Metric, Statistic, Totals, Value


class Ranks(Metric):
    """Distance of the rank histogram from a flat one; to be compared at equal numbers of members only."""

    name = "ranks"
    unit = "1"
    needs = "ensemble"
    fair = False
    range = (0.0, 2.0)
    definition = (
        "sum over the m + 1 ranks of |share of the area - 1 / (m + 1)|; ties spread evenly over the tied "
        "ranks"
    )
    reference = "Delle Monache et al. (2006), doi:10.1029/2005JD006917 (reliability index)"

    def statistics(self, chunk: Chunk) -> Mapping[str, Statistic]:
        """Rank histogram."""
        return {"ranks": chunk.ranks()}

    def value(self, totals: Totals) -> Value:
        """Reliability index: 0 is flat, 2 m / (m + 1) has all in one rank."""
        share = totals["ranks"] / totals["ranks"].sum()
        return float(abs(share - 1 / len(share)).sum())

    def curve(self, totals: Totals) -> Curve:
        """Share of each rank, and of a calibrated ensemble."""
        share = totals["ranks"] / totals["ranks"].sum()
        series = {"ensemble": share, "calibrated": np.full(len(share), 1 / len(share))}
        return Curve(np.arange(len(share), dtype=np.float64), series, "members below the truth", "share")
