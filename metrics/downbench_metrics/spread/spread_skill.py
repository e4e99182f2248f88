"""Spread-skill ratio."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from downbench import Chunk, Metric, Null, Statistic, Totals, Value


class SpreadSkill(Metric):
    """Whether the ensemble spreads as far as its mean errs."""

    name = "spread-skill"
    unit = "1"
    direction = "zero"
    range = (-1.0, float("inf"))
    needs = "ensemble"
    definition = (
        "sqrt((m + 1) / m mean s2) / sqrt(mean (mean of the members - truth)2), less 1; s2 is the unbiased "
        "variance of the m members, means by area over cells and times; below zero the ensemble is too sure"
    )
    reference = "Fortin et al. (2014), doi:10.1175/JHM-D-14-0008.1"

    def statistics(self, chunk: Chunk) -> Mapping[str, Statistic]:
        """Sums of the variance and of the squared error."""
        error = chunk.mean.astype(np.float64) - chunk.truth
        return {
            "variance": chunk.sum(chunk.variance, "variance"),
            "error": chunk.sum(error * error, "squared error"),
        }

    def value(self, totals: Totals) -> Value:
        """Ratio, less 1."""
        if totals["error"] <= 0:
            return Null("the ensemble mean makes no error")
        m = totals.members
        return float(np.sqrt((m + 1) / m * totals["variance"] / totals["error"])) - 1
