"""Fair continuous ranked probability score."""

from __future__ import annotations

from collections.abc import Mapping

from downbench import Chunk, Metric, Null, Statistic, Totals, Value


class CRPS(Metric):
    """Area-weighted mean of the fair CRPS; of a deterministic method the mean absolute error."""

    name = "crps"
    range = (float("-inf"), float("inf"))
    definition = (
        "E|X - y| - 1/2 E|X - X'| over the m(m - 1) pairs of different members, mean over cells and time "
        "by area; may be below zero for a small sample. One deterministic member: mean absolute error"
    )
    reference = "Ferro (2014), doi:10.1002/qj.2270"

    def statistics(self, chunk: Chunk) -> Mapping[str, Statistic]:
        """Sums of the score and of weights."""
        return {"crps": chunk.sum(chunk.crps, "crps"), "weight": chunk.weight()}

    def value(self, totals: Totals) -> Value:
        """Mean score [mm/h]."""
        if totals.members == 1 and totals.info.get("probabilistic"):
            return Null("the fair CRPS of a probabilistic method needs at least two members")
        return float(totals["crps"] / totals["weight"])
