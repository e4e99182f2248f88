"""A plug-in file of somebody else's: a metric that brings its own independent check."""

from __future__ import annotations

import numpy as np

from downbench import CheckInfo, Metric, MetricInfo, hookimpl


class HeavyArea(Metric):
    """Area with more than 5 mm/h, ensemble less truth."""

    unit = "1"
    direction = "zero"

    def statistics(self, chunk):
        """Areas."""
        return {
            "truth": chunk.sum(chunk.truth > 5),
            "members": chunk.sum((chunk.members > 5).mean(axis=0)),
            "area": chunk.weight(),
        }

    def value(self, totals):
        """Difference of shares."""
        return float((totals["members"] - totals["truth"]) / totals["area"])


def heavy_area(subset):
    """The same from numpy, on all values at once."""
    y, x, area = subset.pooled
    return {"": np.average((x > 5).mean(axis=0) - (y > 5), weights=area)}


def twice_heavy_area(subset):
    """What a metric with a mistake of a factor of two would be held against."""
    return {"": 2 * heavy_area(subset)[""] + 0.01}


def unable(subset):
    """A check with a mistake in its own code."""
    raise ZeroDivisionError("nothing to divide by")


def _info(name, check):
    return MetricInfo(
        name=name,
        target="checked:HeavyArea",
        default=False,
        check=CheckInfo(target=f"checked:{check}", by="numpy", relative=1e-6, absolute=1e-9, why="float32"),
    )


@hookimpl
def downbench_metrics():
    """The metric with a right check, one that it does not meet, and one that fails."""
    return [
        _info("heavy-area", "heavy_area"),
        _info("heavy-area-twice", "twice_heavy_area"),
        _info("heavy-area-unable", "unable"),
    ]
