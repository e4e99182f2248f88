"""Spatial autocorrelation error, not normalised."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from downbench import Chunk, Metric, Null, Statistic, Totals, Value
from downbench_metrics.texture.sae import lag_sums, pooled_sums


class RawSAE(Metric):
    """The spatial autocorrelation error with covariances: amplitude counts as well as shape."""

    name = "sae-raw"
    neighbours = True
    unit = "(mm/h)2"
    definition = (
        "C(h) = covariance of all pairs of valid cells h cells apart in y or in x, at one time, pooled over "
        "time with weights by area; mean over h = 1, 2, 4, 8, 16 and over members of |C_member(h) - "
        "C_truth(h)|. Not normalised, as the magnitudes of the SAE of arXiv:2312.06071 are, whose formula "
        "is unpublished: for reading beside it, never in one column with it or with sae"
    )
    reference = "arXiv:2312.06071"

    def statistics(self, chunk: Chunk) -> Mapping[str, Statistic]:
        """Pair sums of truth and members for each lag and direction, shared with ``sae``."""
        return lag_sums(chunk)

    def value(self, totals: Totals) -> Value:
        """Error [(mm/h)2]."""
        truth, members = pooled_sums(totals)
        if not len(truth):
            return Null("no pairs of valid cells")
        return float(abs(_covariance(members) - _covariance(truth)).mean())


def _covariance(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Covariance (...) from sums (..., 6) of w, wa, wb, wa2, wb2, wab."""
    w, a, b, _, _, ab = np.moveaxis(sums, -1, 0)
    return ab / w - a * b / w**2
