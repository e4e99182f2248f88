"""Relative operating characteristic: do more members exceed a threshold where the truth does?"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from downbench import Chunk, Curve, Metric, Null, Statistic, Totals, Value
from downbench_metrics.shared.exceedance import exceedances
from downbench_metrics.shared.thresholds import THRESHOLDS, label


class ROC(Metric):
    """Area under the curve of hit rates against false alarm rates."""

    name = "roc"
    unit = "1"
    direction = "higher"
    range = (0.0, 1.0)
    fair = False
    headline = label(1.0)
    definition = (
        "area below the hit rate against the false alarm rate of the decisions 'at least k members exceed "
        "the threshold', k = 0 to m + 1, by trapezoids and by area: the chance that more members exceed it "
        "where the truth does than where it does not, half of the ties counted. 0.5 "
        "tells nothing, 1 everything"
    )
    reference = "Mason and Graham (2002), doi:10.1256/003590002320603584"

    def statistics(self, chunk: Chunk) -> Mapping[str, Statistic]:
        """Area by number of exceeding members and event."""
        return {"table": exceedances(chunk)}

    def value(self, totals: Totals) -> Value:
        """Area at each threshold."""
        values: dict[str, float | Null] = {}
        for limit, table in zip(THRESHOLDS, totals["table"], strict=True):
            no_event, event = table.sum(axis=0)
            if event > 0 and no_event > 0:
                values[label(limit)] = float(np.trapezoid(*_rates(table)[::-1]))
            else:
                values[label(limit)] = Null(f"the truth {'never' if no_event > 0 else 'always'} exceeds it")
        return values

    def curve(self, totals: Totals) -> Curve:
        """Hit rate against false alarm rate, for each threshold that the truth exceeds somewhere only."""
        tables = dict(zip(map(label, THRESHOLDS), totals["table"], strict=True))
        rates = {name: _rates(table) for name, table in tables.items() if (table.sum(axis=0) > 0).all()}
        x = np.unique(np.concatenate([np.array([0.0, 1.0]), *(alarms for alarms, _ in rates.values())]))
        series = {name: np.interp(x, alarms, hits) for name, (alarms, hits) in rates.items()}
        return Curve(x, {**series, "truth unknown": x}, "false alarm rate", "hit rate")


def _rates(table: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """False alarm and hit rates (m + 2,) of "at least k members", k from m + 1 down to 0, from (m + 1, 2)."""
    alarms, hits = np.concatenate([np.zeros((1, 2)), table[::-1].cumsum(axis=0)]).T
    return alarms / alarms[-1], hits / hits[-1]
