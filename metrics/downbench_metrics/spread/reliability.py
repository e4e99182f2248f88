"""Reliability of forecast probabilities at thresholds."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from downbench import Chunk, Curve, Metric, Null, Statistic, Totals, Value
from downbench_metrics.shared.exceedance import exceedances
from downbench_metrics.shared.thresholds import THRESHOLDS, label


class Reliability(Metric):
    """Whether an event happens as often as the share of members that have it."""

    name = "reliability"
    unit = "1"
    range = (0.0, 1.0)
    needs = "ensemble"
    fair = False
    headline = label(1.0)
    definition = (
        "reliability term of the Brier score: mean by area over the m + 1 forecast probabilities p = k / m "
        "of (p - frequency of the event where k members exceed the threshold)2. The curve shows the "
        "frequencies"
    )
    reference = "Murphy (1973), doi:10.1175/1520-0450(1973)012<0595:ANVPOT>2.0.CO;2"

    def statistics(self, chunk: Chunk) -> Mapping[str, Statistic]:
        """Area by number of exceeding members and event."""
        return {"table": exceedances(chunk)}

    def value(self, totals: Totals) -> Value:
        """Reliability term at each threshold."""
        values: dict[str, float | Null] = {}
        for limit, table in zip(THRESHOLDS, totals["table"], strict=True):
            area, p = table.sum(axis=1), np.arange(len(table)) / (len(table) - 1)
            frequency = np.divide(table[:, 1], area, out=np.zeros_like(area), where=area > 0)
            values[label(limit)] = float((area * (p - frequency) ** 2).sum() / area.sum())
            if not (table[:, 1].any() or table[1:].any()):
                values[label(limit)] = Null("neither truth nor ensemble exceeds it")
        return values

    def curve(self, totals: Totals) -> Curve:
        """Frequency of the event against its forecast probability, for each threshold."""
        table = totals["table"]
        p = np.arange(table.shape[1]) / (table.shape[1] - 1)
        with np.errstate(invalid="ignore", divide="ignore"):
            frequency = table[:, :, 1] / table.sum(axis=2)
        series = {label(limit): each for limit, each in zip(THRESHOLDS, frequency, strict=True)}
        return Curve(p, {**series, "calibrated": p}, "forecast probability", "frequency of the event")
