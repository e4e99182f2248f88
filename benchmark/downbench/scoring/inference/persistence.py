"""How long differences between methods remember: the length of a resampling block, and what it leaves out.

Days are not independent. A block must be longer than the memory of what is resampled, and a moving-block
bootstrap still loses the covariance that reaches across the edges of its blocks (Künsch 1989): the interval
is then widened by what is lost at the longest memory that the rule allows.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FOLDINGS = 3  # e-folding times in a block, at least
_LEAST = 10  # bins that a correlation is worked out from


def e_folding_time(series: NDArray[np.float64]) -> float:
    """The lag [bins] at which the autocorrelation of (bin,) falls below 1 / e, between lags by its logarithm.

    Zero where the series is constant, and where it has fewer than ten bins.
    """
    finite = series[np.isfinite(series)]
    centred = finite - finite.mean() if len(finite) >= _LEAST else np.zeros(1)
    power = float(centred @ centred)
    if power == 0:
        return 0.0
    before = 1.0
    for lag in range(1, len(centred)):
        now = float(centred[lag:] @ centred[:-lag]) / power
        if now < np.exp(-1):
            fall = np.log(before) - np.log(max(now, np.exp(-20)))
            return lag - 1 + float((np.log(before) + 1) / fall)
        before = now
    return float(len(centred))


def block_bins(differences: NDArray[np.float64]) -> int:
    """Time bins of a resampling block: at least three e-folding times of paired differences (bin,)."""
    return max(1, int(np.ceil(FOLDINGS * e_folding_time(differences))))


def covariance_lost(block: int) -> float:
    """How many times the standard error exceeds that of resampled means, in blocks of so many bins.

    For an autoregressive series of first order whose e-folding time is a third of the block, the longest that
    :func:`block_bins` allows: a block of b bins weighs the covariance at lag k by 1 - k / b.
    """
    rho = float(np.exp(-FOLDINGS / block))
    lags = np.arange(1, block)
    seen = 1 + 2 * float(((1 - lags / block) * rho**lags).sum())
    return float(np.sqrt((1 + rho) / (1 - rho) / seen))
