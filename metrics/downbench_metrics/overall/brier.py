"""Brier score at thresholds."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from downbench import Chunk, Metric, Statistic, Totals, Value
from downbench_metrics.shared.exceedance import exceedances
from downbench_metrics.shared.lone import lone_member
from downbench_metrics.shared.thresholds import THRESHOLDS, label


class Brier(Metric):
    """Squared error of the probability to exceed a threshold."""

    name = "brier"
    unit = "1"
    range = (-1.0, 1.0)
    headline = label(1.0)
    definition = (
        "(p - o)2 - p (1 - p) / (m - 1) with p the share of the m members above the threshold and o = 1 "
        "where the truth is above it, else 0; mean by area over cells and times. The correction makes it "
        "fair: its expectation does not depend on m. One deterministic member: share of misses and false "
        "alarms"
    )
    reference = "Ferro (2014), doi:10.1002/qj.2270"

    def statistics(self, chunk: Chunk) -> Mapping[str, Statistic]:
        """Area by number of exceeding members and event."""
        return {"table": exceedances(chunk)}

    def value(self, totals: Totals) -> Value:
        """Score at each threshold."""
        why = lone_member(totals, "fair Brier score")
        return {
            label(limit): why or _score(table)
            for limit, table in zip(THRESHOLDS, totals["table"], strict=True)
        }


def _score(table: NDArray[np.float64]) -> float:
    m = len(table) - 1
    p = np.arange(m + 1) / m
    fair = p * (1 - p) / max(m - 1, 1)
    score = table[:, 0] * (p**2 - fair) + table[:, 1] * ((1 - p) ** 2 - fair)
    return float(score.sum() / table.sum())
