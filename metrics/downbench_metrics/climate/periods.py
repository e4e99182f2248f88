"""Two periods of a split: which time bins are theirs, and what statistics add up to in each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from downbench import Totals
from downbench_metrics.shared.when import bin_times

Periods = tuple[tuple[str, str], tuple[str, str]]


def period_bins(totals: Totals, periods: Periods | None) -> NDArray[np.bool_]:
    """Time bins (2, bin) of two periods: as dated, or the first half of the bins' dates and the rest.

    Args:
        totals: with the statistic ``when``.
        periods: first and last date of each, the last one whole, be it a day, a month or a year.
    """
    start = bin_times(totals).start
    there = start >= 0
    if periods is not None:
        dated = [[np.datetime64(first), np.datetime64(last) + 1] for first, last in periods]
        limits = np.array(dated, "datetime64[s]").astype(np.int64)
        return there & (start >= limits[:, :1]) & (start < limits[:, 1:])
    dates = np.unique(start[there])
    later = start >= dates[len(dates) // 2] if len(dates) else there
    return np.stack([there & ~later, there & later])


def by_period(totals: Totals, name: str, chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Sums (2, ...) of a statistic over the time bins (2, bin) of two periods, read a few bins at a time."""
    sums: list[NDArray[np.float64]] = []
    at = 0

    def add(bins: NDArray[np.float64]) -> NDArray[np.float64]:
        nonlocal at
        sums.append(np.tensordot(chosen[:, at : at + len(bins)].astype(np.float64), bins, axes=1))
        sums[:] = [np.sum(sums, axis=0)]
        at += len(bins)
        return np.zeros(len(bins))

    totals.each(name, add)
    return sums[0]
