"""What each intensity contributes to the total of rain."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from downbench import Chunk, Curve, Metric, Null, Statistic, Totals, Value
from downbench_metrics.amounts.classes import class_edges, in_classes

MASS = 1  # row of summed values in a histogram (3, bin)


class Contribution(Metric):
    """Share of the rain that falls at another intensity than in truth."""

    name = "contribution"
    fair = False
    unit = "1"
    range = (0.0, 1.0)
    definition = (
        "half the sum over classes of intensity of |share of the total rain, ensemble less truth|: the area "
        "between the two curves, and the share of the rain that would have to change class. Classes: below "
        "0.125 mm/h, then four to an octave; all cells, times and members pooled with weights area / m"
    )
    reference = "Klingaman et al. (2017), doi:10.5194/gmd-10-57-2017 (half its fractional contribution index)"

    def statistics(self, chunk: Chunk) -> Mapping[str, Statistic]:
        """Histograms of truth and ensemble."""
        return {which: chunk.histogram(which) for which in ("truth", "ensemble")}

    def value(self, totals: Totals) -> Value:
        """Share of the rain in another class, between 0 and 1."""
        truth, ensemble = (in_classes(totals[which][MASS]) for which in ("truth", "ensemble"))
        if not truth.any():
            return Null("the truth is dry")
        if not ensemble.any():
            return Null("the ensemble is dry")
        return float(np.abs(ensemble / ensemble.sum() - truth / truth.sum()).sum() / 2)

    def curve(self, totals: Totals) -> Curve:
        """Share of the total rain by intensity, up to the highest class that holds any."""
        masses = {which: in_classes(totals[which][MASS]) for which in ("truth", "ensemble")}
        filled = np.flatnonzero(np.sum(list(masses.values()), axis=0))
        count = min(int(filled[-1]) + 1 if len(filled) else 1, len(_middles()))
        series = {which: (mass / max(mass.sum(), 1e-300))[:count] for which, mass in masses.items()}
        return Curve(_middles()[:count], series, "rain [mm/h]", "share of total rain", log_x=True)


def _middles() -> NDArray[np.float64]:
    """Middle [mm/h] of each class but the open last one, on a logarithmic axis; the lowest as an octave."""
    edges = class_edges()[:-1]
    return np.sqrt(np.concatenate([[edges[1] / 2], edges[1:-1]]) * edges[1:])
