"""Errors of extreme quantiles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from downbench import (
    Chunk,
    Curve,
    Metric,
    Null,
    Statistic,
    Totals,
    Value,
    histogram_quantile,
)
from downbench_metrics.shared.beyond import COUNT, too_few

LEVELS = {"p99": 0.99, "p99.9": 0.999, "p99.99": 0.9999, "p99.999": 0.99999}


class Quantiles(Metric):
    """Quantiles of pooled ensemble values less those of the truth."""

    name = "quantiles"
    fair = False
    headline = "p99.99"
    range = (float("-inf"), float("inf"))
    definition = (
        "quantile of all values of the ensemble (weights area / m) less that of the truth, absolute and "
        "signed; null unless at least 100 true values in at least 10 time bins lie beyond the true "
        "quantile; from additive histograms, off by at most 2^-7 of a quantile (typically a tenth of "
        "that)"
    )
    reference = "arXiv:2312.06071 (its percentile error, at 99.999 %)"

    def statistics(self, chunk: Chunk) -> Mapping[str, Statistic]:
        """Histograms of truth and ensemble."""
        return {which: chunk.histogram(which) for which in ("truth", "ensemble")}

    def value(self, totals: Totals) -> Value:
        """Absolute and signed error [mm/h] at each level."""
        values: dict[str, float | Null] = {}
        for name, true, sampled, why in extreme_quantiles(totals):
            values[name] = why or abs(sampled - true)
            values[f"{name} signed"] = why or sampled - true
        return values

    def curve(self, totals: Totals) -> Curve:
        """Quantiles against the probability of exceeding them, as far as ten true values lie beyond."""
        least = max(10 / totals["truth"][COUNT].sum(), 1e-7)
        exceedance = np.geomspace(max(0.3, least), least, 60)
        series = {w: histogram_quantile(totals[w], 1 - exceedance) for w in ("truth", "ensemble")}
        return Curve(exceedance, series, "probability of exceedance", "rain [mm/h]", log_x=True)


def extreme_quantiles(totals: Totals) -> Iterator[tuple[str, float, float, Null | None]]:
    """Per level its name, quantiles of truth and ensemble [mm/h], and why they are not to be trusted."""
    levels = np.array(list(LEVELS.values()))
    truth = histogram_quantile(totals["truth"], levels)
    ensemble = histogram_quantile(totals["ensemble"], levels)
    for name, true, sampled in zip(LEVELS, truth.tolist(), ensemble.tolist(), strict=True):
        yield name, true, sampled, too_few(totals, true)


def both_sides(totals: Totals) -> dict[str, float]:
    """Quantiles [mm/h] of truth and ensemble, each for itself, for ``bench verify``."""
    levels = np.array(list(LEVELS.values()))
    return {
        f"{label} of the {which}": float(value)
        for which in ("truth", "ensemble")
        for label, value in zip(LEVELS, histogram_quantile(totals[which], levels), strict=True)
    }
