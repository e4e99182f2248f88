"""Scores by hour of day (UTC), from statistics that are stored for each step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from downbench.contracts.metric import Metric
from downbench.contracts.statistic import Null, Totals
from downbench.dates import STANDARD, hours_of_day
from downbench.scoring.grid import ALL
from downbench.scoring.inference.values import components, totals, why_null
from downbench.scoring.statistics import Statistics

LONGEST_STEP = 3.0  # hours; longer steps tell nothing of the day's course


def hour_rows(
    statistics: Statistics, metrics: Mapping[str, Metric], probabilistic: bool
) -> list[dict[str, Any]]:
    """Rows as ``work_out`` gives them, with ``hour 00`` to ``hour 23`` as season.

    Only for the whole domain, for steps of at most three hours, and for metrics all of whose statistics are
    stored by step: histograms and spectra are stored by time bin, which knows no hours. A frame belongs to
    the hour in which its time lies.
    """
    if float(statistics.info["step_hours"]) > LONGEST_STEP:
        return []
    layout = statistics.layout
    hour = hours_of_day(layout.times, str(statistics.info.get("calendar", STANDARD)))
    rows = []
    for name, metric in metrics.items():
        if name in statistics.info.get("failed", {}):
            continue
        if any(statistics.per[stored] != "step" for stored in statistics.keys[name].values()):
            continue
        whole = totals(statistics, name, ALL, None, probabilistic)
        for each in np.unique(hour):
            chosen = hour == each
            bins = {key: values[chosen] for key, values in whole.bins.items()}
            of_hour = Totals(bins, whole.members, whole.info)
            why = why_null(metric, ALL, of_hour, probabilistic)
            days = len(np.unique(layout.step_bin[chosen]))
            facts = {
                "region": ALL,
                "season": f"hour {each:02d}",
                "unit": metric.unit,
                "n": int(chosen.sum()),
                "n_eff": None if statistics.block is None else days // statistics.block,
                "members": statistics.members,
                "low": None,
                "high": None,
                "reason_interval": "not worked out for hours of day",
            }
            for component, value in ({"": why} if why else components(metric, of_hour)).items():
                number, reason = (None, value.reason) if isinstance(value, Null) else (value, None)
                rows.append(
                    {"metric": name, "component": component, **facts, "value": number, "reason": reason}
                )
    return rows
