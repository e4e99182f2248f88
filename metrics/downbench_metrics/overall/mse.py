"""Mean squared error of the ensemble mean."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from downbench import Chunk, Metric, Null, Statistic, Totals, Value


class MSE(Metric):
    """Squared error of the ensemble mean, less what a finite ensemble adds to it."""

    name = "mse"
    unit = "(mm/h)2"
    range = (float("-inf"), float("inf"))
    definition = (
        "(mean of the members - truth)2 - s2 / m with s2 the unbiased variance of the m members, so that "
        "it does not fall with the number of members; mean over cells and time by area"
    )
    reference = "Ferro (2014), doi:10.1002/qj.2270"

    def statistics(self, chunk: Chunk) -> Mapping[str, Statistic]:
        """Sums of the corrected squared error and of weights."""
        error = chunk.mean.astype(np.float64) - chunk.truth
        fair = error**2 - chunk.variance / len(chunk.members)
        return {"mse": chunk.sum(fair, "mse"), "weight": chunk.weight()}

    def value(self, totals: Totals) -> Value:
        """Mean squared error [(mm/h)2]."""
        if totals.members == 1 and totals.info.get("probabilistic"):
            return Null("the fair error of a probabilistic method needs at least two members")
        return float(totals["mse"] / totals["weight"])
