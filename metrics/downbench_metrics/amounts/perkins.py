"""Perkins skill score."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from downbench import Chunk, Metric, Null, Statistic, Totals, Value
from downbench_metrics.amounts.classes import in_classes


class Perkins(Metric):
    """Common area of the histograms of true and of sampled values."""

    name = "perkins"
    fair = False
    unit = "1"
    direction = "higher"
    range = (0.0, 1.0)
    headline = "wet"
    definition = (
        "sum over bins of the smaller of the two shares, all cells, times and members pooled with weights "
        "area / m; bins: below 0.125 mm/h, then four to an octave, evenly spaced in it. all: shares of all "
        "values; wet: shares of the values from 0.125 mm/h on, as Perkins et al. leave dry ones out"
    )
    reference = "Perkins et al. (2007), doi:10.1175/JCLI4253.1"

    def statistics(self, chunk: Chunk) -> Mapping[str, Statistic]:
        """Histograms of truth and ensemble."""
        return {which: chunk.histogram(which) for which in ("truth", "ensemble")}

    def value(self, totals: Totals) -> Value:
        """Common area, between 0 and 1."""
        truth, ensemble = (in_classes(totals[which][0]) for which in ("truth", "ensemble"))
        dry = Null("the truth is dry") if not truth[1:].any() else None
        none = Null("the ensemble is dry") if not ensemble[1:].any() else None
        return {
            "wet": dry or none or _common(truth[1:], ensemble[1:]),
            "all": _common(truth, ensemble),
        }


def _common(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    return float(np.minimum(a / a.sum(), b / b.sum()).sum())
