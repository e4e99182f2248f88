"""Intervals of a single run's values: moving-block bootstrap over resampling blocks, bias-corrected.

Künsch (1989, doi:10.1214/aos/1176347265) for the blocks, Efron (1987, doi:10.1080/01621459.1987.10478410)
for the correction. The resamples depend on the layout of the split alone, so they are the same for every
method. They show how much a value owes to the weather that happened to be scored, which is shared by all
methods: whether two methods differ is for paired differences to say.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from downbench.contracts.metric import Metric, Null, Totals
from downbench.contracts.noise import derive_seed
from downbench.scoring.statistics import Statistics

RESAMPLES = 400
LEAST_BLOCKS = 20
LEVEL = 0.95
Bounds = tuple[float | None, float | None, str]


def resample_bins(owner: NDArray[np.int64], block: int, resamples: int, seed: int) -> NDArray[np.int64]:
    """How often each time bin is drawn, (resample, bin).

    Args:
        owner: index of each bin's sequence; blocks never span two.
        block: bins in a block.
        resamples: how many.
        seed: of the draws.
    """
    bins = len(owner)
    starts = np.array([i for i in range(bins - block + 1) if owner[i] == owner[i + block - 1]])
    draws = np.random.default_rng(seed).choice(starts, (resamples, max(1, round(bins / block))))
    times = np.zeros((resamples, bins), np.int64)
    for offset in range(block):
        np.add.at(times, (np.arange(resamples)[:, None], draws + offset), 1)
    return times


def bias_corrected(value: float, drawn: NDArray[np.float64], level: float = LEVEL) -> tuple[float, float]:
    """Bias-corrected percentile interval of ``value`` from its resampled values (n,)."""
    below = (np.sum(drawn < value) + 0.5 * np.sum(drawn == value)) / len(drawn)
    shift = norm.ppf(np.clip(below, 0.5 / len(drawn), 1 - 0.5 / len(drawn)))
    tails = norm.cdf(2 * shift + norm.ppf([(1 - level) / 2, (1 + level) / 2]))
    low, high = np.quantile(drawn, tails)
    return float(low), float(high)


def interval(
    statistics: Statistics, metric: Metric, given: Totals, bins: NDArray[np.bool_], whole: bool
) -> Callable[[str, float | Null], Bounds]:
    """Give a function from (component, value) to (low, high, reason why they are None).

    Only values over the whole domain and time (``whole``) get an interval.
    """
    return lambda component, value: (None, None, "" if isinstance(value, Null) else "no intervals yet")
