"""Spatial autocorrelation error."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from downbench import Chunk, Metric, Null, Statistic, Totals, Value
from downbench_metrics.shared.correlation import correlation

LAGS = (1, 2, 4, 8, 16)  # cells


def lag_sums(chunk: Chunk) -> dict[str, Statistic]:
    """Pair sums by field, direction and lag (``"truth.y1"``, ..., ``"ensemble.x16"``)."""
    return {
        f"{which}.{axis}{h}": chunk.pairs(which, (0, h, 0) if axis == "y" else (0, 0, h))
        for which in ("truth", "ensemble")
        for axis in "yx"
        for h in LAGS
    }


class SAE(Metric):
    """Mean absolute difference of spatial autocorrelation functions, normalised."""

    name = "sae"
    neighbours = True
    unit = "1"
    range = (0.0, 2.0)
    definition = (
        "rho(h) = correlation of all pairs of valid cells h cells apart in y or in x, at one time, pooled"
        " over time with weights by area; SAE = mean over h = 1, 2, 4, 8, 16 and over members of "
        "|rho_member(h) - rho_truth(h)|. Normalised, hence not the unpublished formula behind the SAE of "
        "arXiv:2312.06071"
    )

    def statistics(self, chunk: Chunk) -> Mapping[str, Statistic]:
        """Pair sums of truth and members for each lag and direction."""
        return lag_sums(chunk)

    def value(self, totals: Totals) -> Value:
        """Error, between 0 and 2."""
        truth, members = pooled_sums(totals)
        if not len(truth):
            return Null("no pairs of valid cells")
        true = correlation(truth)
        if np.isnan(true).any():
            return Null("the truth is constant")
        error = float(abs(correlation(members) - true).mean())
        return Null("a member is constant") if np.isnan(error) else error


def pooled_sums(totals: Totals) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Pair sums of truth (lag, 1, 6) and members (lag, member, 6), both directions, for lags with pairs."""
    truth, members = (
        np.stack([totals[f"{which}.y{h}"] + totals[f"{which}.x{h}"] for h in LAGS])
        for which in ("truth", "ensemble")
    )
    there = truth[:, 0, 0] > 0  # no longer than the domain
    return truth[there], members[there]
