"""Statistics made of one number a day, whose paired differences are known by construction."""

from __future__ import annotations

import numpy as np

from downbench import Metric
from downbench.scoring.layout import TimeLayout
from downbench.scoring.statistics import Statistics

DAY = np.timedelta64(1, "D")


class Mean(Metric):
    """Mean of the numbers."""

    name = "mean"

    def statistics(self, chunk):
        """Not asked for."""
        raise AssertionError

    def value(self, totals):
        """Linear."""
        return float(totals["x"] / totals["weight"])


class Root(Mean):
    """Root of the mean, of numbers above zero; higher is better."""

    name, direction = "root", "higher"

    def value(self, totals):
        """Not linear."""
        return float(np.sqrt(totals["x"] / totals["weight"]))


class Zero(Mean):
    """Best at zero."""

    name, direction = "zero", "zero"


class Unfair(Mean):
    """Depends on the number of members."""

    name, fair = "unfair", False


METRICS = {metric.name: metric() for metric in (Mean, Root, Zero, Unfair)}


def daily(values, block=1, members=5, start="2020-03-01T00:00:00"):
    """Statistics of every metric above, from one value a day."""
    days = np.datetime64(start) + np.arange(len(values)) * DAY
    layout = TimeLayout.of([("s", days)], DAY)
    arrays = {"x": np.asarray(values, float)[:, None], "weight": np.ones((len(values), 1))}
    keys = {name: {"x": "x", "weight": "weight"} for name in METRICS}
    return Statistics(arrays, dict.fromkeys(arrays, "step"), keys, layout, ("all",), members, {}, block)
