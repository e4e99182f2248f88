"""Whether enough lies beyond a quantile for it to mean something."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from downbench import Null, Totals, histogram_edges

LEAST_VALUES, LEAST_BINS = 100, 10
COUNT = 2  # row of plain counts in a histogram (3, bin)


def too_few(totals: Totals, quantile: float) -> Null | None:
    """Why a quantile of the truth [mm/h] is not to be trusted, if it is not."""
    values, bins = (int(number[0]) for number in beyond(totals, np.array([quantile])))
    if values >= LEAST_VALUES and bins >= LEAST_BINS:
        return None
    return Null(
        f"{values} true values in {bins} time bins lie beyond it, {LEAST_VALUES} in {LEAST_BINS} are needed"
    )


def beyond(
    totals: Totals, quantiles: NDArray[np.float64], which: str = "truth"
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """How many values, and values of how many time bins, lie beyond the bins of some quantiles [mm/h].

    Args:
        totals: with the histograms ``which``.
        quantiles: (n,).
        which: statistic that holds the histograms (3, bin).

    Returns:
        Numbers of values and of time bins, (n,) each.
    """
    first = np.searchsorted(histogram_edges(), quantiles, side="right")
    above = np.append(totals[which][COUNT][::-1].cumsum()[::-1], 0)
    highest = np.sort(totals.each(which, highest_filled))
    bins = len(highest) - np.searchsorted(highest, first)
    return above[np.minimum(first, len(above) - 1)].astype(np.int64), bins


def highest_filled(histograms: NDArray[np.float64]) -> NDArray[np.int64]:
    """Highest filled bin of each histogram (n, 3, bin), -1 for an empty one."""
    filled = histograms[:, COUNT] > 0
    last = filled.shape[1] - 1 - filled[:, ::-1].argmax(axis=1)
    return np.where(filled.any(axis=1), last, -1)
