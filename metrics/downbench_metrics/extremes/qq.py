"""Quantiles of the ensemble against the same quantiles of the truth."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from downbench import Chunk, Curve, Metric, Null, Statistic, Totals, Value, histogram_quantile
from downbench_metrics.shared.beyond import LEAST_BINS, LEAST_VALUES, beyond
from downbench_metrics.shared.thresholds import WET

EXCEEDANCES = 10.0 ** -np.arange(0.5, 6.01, 0.125)  # eight to a decade, from 0.32 to one in a million
LEAST_DRAWN = 10  # true values beyond the last quantile of the curve


class QuantilePairs(Metric):
    """How far the quantile-quantile curve is from the diagonal."""

    name = "qq"
    fair = False
    unit = "1"
    definition = (
        "mean over quantiles of |quantile of the ensemble - quantile of the truth| / quantile of the truth, "
        "of all values pooled with weights area / m. Quantiles: those exceeded with probabilities 10^-0.5, "
        "10^-0.625, 10^-0.75, ..., eight to a decade, where the true one is above 0.1 mm/h and at least 100 "
        "true values in at least 10 time bins lie beyond it"
    )
    reference = "Wilk and Gnanadesikan (1968), doi:10.1093/biomet/55.1.1"

    def statistics(self, chunk: Chunk) -> Mapping[str, Statistic]:
        """Histograms of truth and ensemble."""
        return {which: chunk.histogram(which) for which in ("truth", "ensemble")}

    def value(self, totals: Totals) -> Value:
        """Mean relative distance from the diagonal."""
        truth, ensemble = _quantiles(totals)
        values, bins = beyond(totals, truth)
        use = (truth > WET) & (values >= LEAST_VALUES) & (bins >= LEAST_BINS)
        if not use.any():
            return Null(
                f"no quantile of the truth above {WET:g} mm/h has {LEAST_VALUES} true values in {LEAST_BINS} "
                "time bins beyond it"
            )
        return float((np.abs(ensemble - truth)[use] / truth[use]).mean())

    def curve(self, totals: Totals) -> Curve:
        """Quantiles of the ensemble against those of the truth, while ten true values lie beyond."""
        truth, ensemble = _quantiles(totals)
        use = (truth > WET) & (beyond(totals, truth)[0] >= LEAST_DRAWN)
        x = truth[use]
        return Curve(
            x,
            {"truth": x, "ensemble": ensemble[use]},
            "quantile of the truth [mm/h]",
            "quantile of the ensemble [mm/h]",
            log_x=True,
            log_y=True,
        )


def _quantiles(totals: Totals) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Quantiles [mm/h] of truth and of ensemble at all levels."""
    truth, ensemble = (histogram_quantile(totals[w], 1 - EXCEEDANCES) for w in ("truth", "ensemble"))
    return truth, ensemble
