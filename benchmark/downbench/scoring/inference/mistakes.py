"""Values that show a mistake in a metric's code: told once for each metric, and costing nothing else."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping

from downbench.contracts.metric import Metric
from downbench.contracts.statistic import Null
from downbench.errors import DownbenchWarning
from downbench.guard import defined_at

SLACK = 1e-6  # of the larger end of a range, or of one


class Mistake(Null):
    """A value that cannot be given because the metric's code is not right."""


def tell_mistakes(metrics: Mapping[str, Metric], values: Mapping[str, Mapping[str, float | Null]]) -> None:
    """Warn of values that a metric's code could not work out, or that lie outside its range.

    Args:
        metrics: by name.
        values: metric to component to value, over the whole domain and time.
    """
    for name, metric in metrics.items():
        for component, value in values[name].items():
            if text := mistake_in(metric, value):
                what = f" of its component {component!r}" if component else ""
                warnings.warn(
                    f"metric {name!r}: the value{what} {text}\n  bench check {name} says more",
                    DownbenchWarning,
                    stacklevel=3,
                )
                break


def mistake_in(metric: Metric, value: float | Null) -> str:
    """What is wrong with a value, as the end of a sentence; empty where nothing is."""
    at = defined_at(type(metric).value)
    if isinstance(value, Mistake):
        where = "" if ":" in value.reason else f" ({at}); return downbench.Null('why') where there is none"
        return f"is null: {value.reason}{where}"
    if isinstance(value, Null):
        return ""
    low, high = metric.range
    slack = SLACK * max(1.0, *(abs(end) if math.isfinite(end) else 0.0 for end in (low, high)))
    if low - slack <= value <= high + slack:
        return ""
    return f"is {value:.4g}, outside its range {low:g} to {high:g} ({at})"
