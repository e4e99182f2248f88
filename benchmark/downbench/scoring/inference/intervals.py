"""Intervals and p-values from resampled values, bias-corrected.

Efron (1987, doi:10.1080/01621459.1987.10478410) for the correction, Hesterberg (2015,
doi:10.1080/00031305.2015.1089789, section 3.3) for widening by what few blocks make too narrow, and
:mod:`~downbench.scoring.inference.persistence` for widening by the covariance between blocks. An interval of
a single run shows how much a value owes to the weather that happened to be scored, which is shared by all
methods: whether two methods differ is for paired differences to say.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri, stdtr, stdtrit  # scipy.stats takes 50 times longer for one number

from downbench.contracts.statistic import Null
from downbench.scoring.inference.persistence import covariance_lost

LEVEL = 0.95
ONE_SIDED = 1.5  # Efron's z0 from which resamples count as biased beyond correction: 93 % on one side
KNOWN = 0.95  # share of resamples that must have a value
Bounds = tuple[float | None, float | None, str]


def bounds(value: float | Null, drawn: NDArray[np.float64] | None, blocks: int, block: int) -> Bounds:
    """Interval of a value from its resampled values, or (None, None, reason)."""
    if isinstance(value, Null) or drawn is None:
        return None, None, "no value"
    finite = drawn[np.isfinite(drawn)]
    if len(finite) < KNOWN * len(drawn):
        return None, None, f"null in {len(drawn) - len(finite)} of {len(drawn)} resamples"
    return *bias_corrected(value, finite, blocks=blocks, block=block), ""


def _shift(value: float, drawn: NDArray[np.float64]) -> float:
    """Efron's z0: by how much the resamples are off to one side of the value."""
    return float(ndtri(_share_below(value, drawn)))


def _share_below(value: float, drawn: NDArray[np.float64]) -> float:
    below = (np.sum(drawn < value) + 0.5 * np.sum(drawn == value)) / len(drawn)
    return float(np.clip(below, 0.5 / len(drawn), 1 - 0.5 / len(drawn)))


def _usable(value: float, drawn: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """The resamples, moved onto the value where nearly all of them lie on one side of it, and their shift.

    So it is with norms of means (a mean over fewer different bins is noisier, so its norm is larger). Efron's
    correction would then read the interval off the last few resamples.
    """
    shift = _shift(value, drawn)
    if not abs(shift) > ONE_SIDED:
        return drawn, shift
    moved = drawn - drawn.mean() + value
    return moved, _shift(value, moved)


def bias_corrected(
    value: float,
    drawn: NDArray[np.float64],
    level: float = LEVEL,
    blocks: int | None = None,
    block: int = 1,
) -> tuple[float, float]:
    """Bias-corrected percentile interval of ``value`` from its resampled values (n,), see :func:`_usable`.

    ``blocks``: how many there are; the tails are then taken further out, by ``sqrt(n / (n - 1)) t / z`` and
    by the covariance that blocks of ``block`` bins lose.
    """
    drawn, shift = _usable(value, drawn)
    reach = ndtri((1 + level) / 2) if blocks is None else interval_reach(blocks, block, level)
    tails = ndtr(2 * shift + np.array([-reach, reach]))
    low, high = np.quantile(drawn, tails)
    return float(low), float(high)


def intervals(
    values: NDArray[np.float64], drawn: NDArray[np.float64], blocks: int | None, block: int = 1
) -> NDArray[np.float64]:
    """:func:`bias_corrected` (value, end) of many values (value,) with their resamples (value, resample).

    nan where too many resamples are null.
    """
    result = np.full((len(values), 2), np.nan)
    whole, some = _complete(drawn)
    for i in some:
        result[i] = bias_corrected(
            float(values[i]), drawn[i, np.isfinite(drawn[i])], blocks=blocks, block=block
        )
    moved, shift = _usable_each(values[whole], drawn[whole])
    reach = ndtri((1 + LEVEL) / 2) if blocks is None else interval_reach(blocks, block)
    result[whole] = _quantiles(moved, ndtr(2 * shift[:, None] + np.array([-reach, reach])))
    return result


def _complete(drawn: NDArray[np.float64]) -> tuple[NDArray[np.bool_], NDArray[np.intp]]:
    """Which rows of resamples (value, resample) have no null, and the numbers of those that have few."""
    finite = np.isfinite(drawn)
    whole = np.asarray(finite.all(axis=1))
    return whole, np.flatnonzero(~whole & (finite.sum(axis=1) >= KNOWN * drawn.shape[1]))


def _quantiles(drawn: NDArray[np.float64], shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """What ``np.quantile`` gives of each row (value, resample) at shares of its own (value, share)."""
    ordered, last = np.sort(drawn, axis=1), drawn.shape[1] - 1
    at = shares * last
    below = np.floor(at).astype(np.int64)
    low = np.take_along_axis(ordered, below, axis=1)
    high = np.take_along_axis(ordered, np.minimum(below + 1, last), axis=1)
    part = at - below
    return np.where(part >= 0.5, high - (high - low) * (1 - part), low + (high - low) * part)


def interval_reach(blocks: int, block: int = 1, level: float = LEVEL) -> float:
    """Half the width of an interval in standard deviations of the resampled values."""
    return float(_widening(blocks, block) * stdtrit(blocks - 1, (1 + level) / 2))


def _widening(blocks: int, block: int) -> float:
    """By how much few blocks, and the edges of blocks, make resamples lie too near to each other."""
    return float(np.sqrt(blocks / (blocks - 1))) * covariance_lost(block)


def p_value(value: float, drawn: NDArray[np.float64], blocks: int, block: int = 1) -> float:
    """Two-sided p-value of "the value is zero": 1 - the level at which :func:`bias_corrected` reaches zero.

    Where fewer than ten resamples lie beyond zero, a normal tail with their mean and standard deviation
    stands in for counting.
    """
    if not drawn.any() and value == 0:
        return 1.0
    drawn, shift = _usable(value, drawn)
    share, edge = _share_below(0.0, drawn), 10 / len(drawn)
    reach = ndtri(share)
    if not edge <= share <= 1 - edge:
        spread = float(drawn.std())
        tail = -float(drawn.mean()) / spread if spread > 0 else np.copysign(np.inf, reach)
        reach = np.copysign(max(abs(tail), abs(ndtri(edge))), reach)
    reach -= 2 * shift
    return float(2 * stdtr(blocks - 1, -abs(reach) / _widening(blocks, block)))


def p_values(
    values: NDArray[np.float64], drawn: NDArray[np.float64], blocks: int, block: int = 1
) -> NDArray[np.float64]:
    """:func:`p_value` of many values (value,) with their resamples (value, resample) at once.

    nan where too many resamples are null.
    """
    n = drawn.shape[1]
    result = np.full(len(values), np.nan)
    whole, some = _complete(drawn)
    for i in some:
        result[i] = p_value(float(values[i]), drawn[i, np.isfinite(drawn[i])], blocks, block)
    drawn, values = drawn[whole], values[whole]
    moved, shift = _usable_each(values, drawn)
    share, edge = _shares_below(np.zeros(len(values)), moved), 10 / n
    reach, spread = ndtri(share), moved.std(axis=1)
    tail = np.divide(
        -moved.mean(axis=1), spread, out=np.copysign(np.full(len(values), np.inf), reach), where=spread > 0
    )
    beyond = np.copysign(np.maximum(np.abs(tail), abs(ndtri(edge))), reach)
    reach = np.where((share < edge) | (share > 1 - edge), beyond, reach) - 2 * shift
    p = 2 * stdtr(blocks - 1, -np.abs(reach) / _widening(blocks, block))
    result[whole] = np.where((values == 0) & ~moved.any(axis=1), 1.0, p)
    return result


def _usable_each(
    values: NDArray[np.float64], drawn: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """:func:`_usable` of many values (value,) with their resamples (value, resample)."""
    shift = ndtri(_shares_below(values, drawn))
    one_sided = np.abs(shift) > ONE_SIDED
    moved = np.where(one_sided[:, None], drawn - drawn.mean(axis=1, keepdims=True) + values[:, None], drawn)
    return moved, np.where(one_sided, ndtri(_shares_below(values, moved)), shift)


def _shares_below(values: NDArray[np.float64], drawn: NDArray[np.float64]) -> NDArray[np.float64]:
    """:func:`_share_below` of many values (value,) and their resamples (value, resample)."""
    n, at = drawn.shape[1], values[:, None]
    below = ((drawn < at).sum(axis=1) + 0.5 * (drawn == at).sum(axis=1)) / n
    return np.clip(below, 0.5 / n, 1 - 0.5 / n)
