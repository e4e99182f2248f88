"""Relative errors of extreme quantiles."""

from __future__ import annotations

from collections.abc import Mapping

from downbench import Chunk, Metric, Null, Statistic, Totals, Value
from downbench_metrics.extremes.quantiles import extreme_quantiles


class QuantileRatios(Metric):
    """Quantiles of pooled ensemble values over those of the truth."""

    name = "quantile-ratios"
    fair = False
    unit = "1"
    direction = "zero"
    range = (-1.0, float("inf"))
    headline = "p99.99"
    definition = (
        "quantile of all values of the ensemble (weights area / m) over that of the truth, less 1; null as "
        "for the quantiles themselves, and where the true quantile is zero"
    )
    reference = "PROTOCOL: signed errors stand beside absolute ones"

    def statistics(self, chunk: Chunk) -> Mapping[str, Statistic]:
        """Histograms of truth and ensemble."""
        return {which: chunk.histogram(which) for which in ("truth", "ensemble")}

    def value(self, totals: Totals) -> Value:
        """Ratio at each level, less 1."""
        values: dict[str, float | Null] = {}
        for name, true, sampled, why in extreme_quantiles(totals):
            dry = Null("the true quantile is zero") if true <= 0 else None
            values[name] = why or dry or sampled / true - 1
        return values
