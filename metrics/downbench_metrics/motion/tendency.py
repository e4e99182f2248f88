"""Distance of the distributions of changes from frame to frame."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from downbench import Chunk, Curve, Metric, Null, Statistic, Totals, Value
from downbench_metrics.motion.changes import change_edges, changes


class Tendency(Metric):
    """Whether rain grows and decays as fast as in the truth."""

    name = "tendency"
    fair = False
    past = 1
    definition = (
        "Wasserstein-1 distance of the distributions of a cell's rain less its rain one frame before, all "
        "cells, pairs of frames and members pooled with weights area / m; from additive histograms with "
        "exact means in bins, too small by at most 2^-5 of the sum of both mean absolute changes plus 2^-9 "
        "mm/h"
    )
    reference = "PROTOCOL: distributions come from additive histograms"

    def statistics(self, chunk: Chunk) -> Mapping[str, Statistic]:
        """Histograms of changes of truth and ensemble."""
        return {"truth": changes(chunk, "truth")[0], "ensemble": changes(chunk, "ensemble")[0]}

    def value(self, totals: Totals) -> Value:
        """Distance [mm/h]."""
        if not totals["truth"][0].any():
            return Null("no two frames follow each other")
        return _wasserstein(totals["truth"], totals["ensemble"])

    def curve(self, totals: Totals) -> Curve | None:
        """Share of the area whose rain changes by more than so much, either way."""
        if not totals["truth"][0].any():
            return None
        edges = change_edges()
        x = edges[len(edges) // 2 :]
        series = {which: _beyond(totals[which][0]) for which in ("truth", "ensemble")}
        return Curve(x, series, "change of rain [mm/h]", "share beyond it", log_x=True, log_y=True)


def _beyond(weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of weight (bin,) in the bins beyond each positive edge, both signs together."""
    half = len(weight) // 2
    both = weight[half + 1 :] + weight[:half][::-1]
    return both[::-1].cumsum()[::-1] / weight.sum()


def _wasserstein(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Area [mm/h] between the cumulative distributions of two histograms (2, bin) of changes."""
    edges = change_edges()
    weight = a[0] / a[0].sum() - b[0] / b[0].sum()
    mass = a[1] / a[0].sum() - b[1] / b[0].sum()
    after = weight.cumsum()
    # Integral of F - G over each bin, by parts: [x (F - G)] - int x d(F - G); the outer bins have one edge
    upper = np.append(edges * after[:-1], 0.0)
    lower = np.append(0.0, edges * after[:-1])
    return float(abs(upper - lower - mass).sum())
