"""Intensity on wet steps."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from downbench import Chunk, Metric, Null, Statistic, Totals, Value, histogram_edges
from downbench_metrics.shared.thresholds import WET


class Intensity(Metric):
    """How hard it rains where it rains; with the wet fraction it tells drizzle from missing storms."""

    name = "intensity"
    fair = False
    unit = "1"
    direction = "zero"
    range = (-1.0, float("inf"))
    definition = (
        "mean rain of wet cells and steps, ensemble (weights area / m) over truth, less 1; wet is at or "
        "above 0.0996 mm/h, the edge of the histograms next to 0.1"
    )
    reference = "Zhang et al. (2011), doi:10.1002/wcc.147 (SDII, there of days)"

    def statistics(self, chunk: Chunk) -> Mapping[str, Statistic]:
        """Histograms of truth and ensemble."""
        return {which: chunk.histogram(which) for which in ("truth", "ensemble")}

    def value(self, totals: Totals) -> Value:
        """Ratio of wet means, less 1."""
        truth, ensemble = (_wet_mean(totals[which]) for which in ("truth", "ensemble"))
        if np.isnan(truth) or np.isnan(ensemble):
            return Null("the truth is dry" if np.isnan(truth) else "the ensemble is dry")
        return ensemble / truth - 1


def _wet_mean(histogram: NDArray[np.float64]) -> float:
    """Mean [mm/h] of the wet values of a histogram (3, bin), NaN without any."""
    first = int(np.searchsorted(histogram_edges(), WET, side="right")) - 1
    weight, mass = histogram[0, first:].sum(), histogram[1, first:].sum()
    return float(mass / weight) if weight > 0 else float("nan")
