"""Earth mover's distance of pooled rain."""

from __future__ import annotations

from collections.abc import Mapping

from downbench import Chunk, Metric, Statistic, Totals, Value, histogram_wasserstein


class EMD(Metric):
    """Wasserstein-1 distance of the distributions of all true and all sampled values, wherever they stand."""

    name = "emd"
    fair = False
    definition = (
        "area between the cumulative distributions of truth and ensemble, all cells, times and members "
        "pooled with weights area / m; from additive histograms with exact means in bins, so at most 2^-8"
        " of the sum of both means too small (typically 1e-5 of the value)"
    )
    reference = "Ramdas et al. (2017), doi:10.3390/e19020047"

    def statistics(self, chunk: Chunk) -> Mapping[str, Statistic]:
        """Histograms of truth and ensemble."""
        return {which: chunk.histogram(which) for which in ("truth", "ensemble")}

    def value(self, totals: Totals) -> Value:
        """Distance [mm/h]."""
        return histogram_wasserstein(totals["truth"], totals["ensemble"])
