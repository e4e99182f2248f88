"""Relative mass bias."""

from __future__ import annotations

from collections.abc import Mapping

from downbench import Chunk, Metric, Null, Statistic, Totals, Value


class Bias(Metric):
    """Water that a method makes or loses."""

    name = "bias"
    unit = "1"
    direction = "zero"
    range = (-1.0, float("inf"))
    definition = "total rain of the ensemble mean over that of the truth, less 1"

    def statistics(self, chunk: Chunk) -> Mapping[str, Statistic]:
        """Rain of truth and ensemble mean."""
        return {"truth": chunk.sum(chunk.truth, "truth"), "ensemble": chunk.sum(chunk.mean, "mean")}

    def value(self, totals: Totals) -> Value:
        """Relative bias."""
        if totals["truth"] <= 0:
            return Null("the truth is dry")
        return float(totals["ensemble"] / totals["truth"] - 1)
