"""Metrics of distributions along an independent path: scipy and plain numpy on all values at once."""

from __future__ import annotations

import numpy as np
import scipy.stats
from numpy.typing import NDArray

from downbench import Subset

Array = NDArray[np.float64]
Places = NDArray[np.int64]


WET = 0.1  # mm/h
WET_EDGE = (1 + 76 / 128) / 16  # mm/h, the edge of the suite's histograms next to it
LEVELS = {"p99": 0.99, "p99.9": 0.999, "p99.99": 0.9999, "p99.999": 0.99999}
TOP = 1e-3
_BINS = (2.0 ** np.arange(-13, 11)[:, None] * (1 + np.arange(128) / 128)).ravel()  # of the suite's histograms
_OCTAVES = 2.0 ** np.arange(-3, 11)
_CLASSES = np.concatenate([[-np.inf], (_OCTAVES[:, None] * (1 + np.arange(4) / 4)).ravel(), [2048, np.inf]])


def _both(subset: Subset) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """Values and areas of the truth, and of all members."""
    y, x, area = subset.pooled
    return (y, area), (x.ravel(), np.tile(area, len(x)))


def emd(subset: Subset) -> dict[str, float]:
    """Exact Wasserstein distance of all values from scipy."""
    (y, area), (x, areas) = _both(subset)
    return {"": float(scipy.stats.wasserstein_distance(y, x, area, areas))}


def hidden_by_bins(edges: Array, truth: tuple[Places, Array], ensemble: tuple[Places, Array]) -> float:
    """Most that bins with exact means can hide of the area between two distributions F and G.

    In a bin, F - G lies between -n and p: p is its value before the bin and the truth's share in it, n the
    ensemble's share less the value before. Where p and n are positive, F and G may cross, and the parts of
    the area on either side cancel: at most p n / (p + n) of the bin's width each, so that twice this is
    hidden.

    Args:
        edges: of the bins, (bin + 1,).
        truth: number of the bin and area of each true value.
        ensemble: the same of each sampled value.
    """
    shares = [np.bincount(at, areas, len(edges) - 1) / areas.sum() for at, areas in (truth, ensemble)]
    after = np.cumsum(shares[0] - shares[1])
    p, n = after + shares[1], shares[0] - after
    width, crossing = np.diff(edges), (p > 0) & (n > 0)
    p, n, width = p[crossing], n[crossing], width[crossing]
    return float((2 * p * n / (p + n) * width).sum())


def _edges(subset: Subset) -> Array:
    """Edges of the suite's histograms [mm/h]: zero, drizzle, regular bins, all above."""
    (y, _), (x, _) = _both(subset)
    return np.concatenate([[0.0, 0.0], _BINS, [2048.0, max(y.max(), x.max(), 2048.0)]])


def _bins(edges: Array, values: Array) -> Places:
    """Numbers of the bins of some values."""
    return np.where(values > 0, np.searchsorted(edges[2:-1], values, "right") + 1, 0)


def emd_scale(subset: Subset) -> float:
    """Most that the histograms' bins can hide of the distance [mm/h]."""
    (y, area), (x, areas) = _both(subset)
    edges = _edges(subset)
    return hidden_by_bins(edges, (_bins(edges, y), area), (_bins(edges, x), areas))


def _quantile(values: Array, areas: Array, level: float) -> float | None:
    """Exact quantile from numpy, if so many values can resolve it."""
    if len(values) * (1 - level) < 1:
        return None
    return float(np.quantile(values, level, method="inverted_cdf", weights=areas))


def quantiles(subset: Subset) -> dict[str, float]:
    """Quantiles of truth and ensemble, each for itself, at the levels that the values can resolve."""
    values = {}
    for name, pooled in zip(("truth", "ensemble"), _both(subset), strict=True):
        for label, level in LEVELS.items():
            at = _quantile(*pooled, level)
            if at is not None:
                values[f"{label} of the {name}"] = at
    return values


def quantile_ratios(subset: Subset) -> dict[str, float]:
    """Quantiles of the ensemble over those of the truth, less 1."""
    truth, ensemble = _both(subset)
    values = {}
    for label, level in LEVELS.items():
        true, sampled = _quantile(*truth, level), _quantile(*ensemble, level)
        if true and sampled is not None:
            values[label] = sampled / true - 1
    return values


def top(subset: Subset) -> dict[str, float]:
    """Means of the wettest 0.1 %, from sorted values."""
    truth, ensemble = _both(subset)
    if len(truth[0]) * TOP < 1:
        return {}
    error = _mean_of_top(*ensemble) - _mean_of_top(*truth)
    return {"absolute": abs(error), "signed": error}


def top_scale(subset: Subset) -> float:
    """Sum of both values beyond which the wettest 0.1 % lie."""
    return sum(_quantile(*pooled, 1 - TOP) or 0.0 for pooled in _both(subset))


def _mean_of_top(values: Array, areas: Array) -> float:
    order = np.argsort(values)[::-1]
    area = areas[order]
    before = np.cumsum(area) - area
    taken = np.clip(TOP * areas.sum() - before, 0, area)
    return float(np.average(values[order], weights=taken))


def perkins(subset: Subset) -> dict[str, float]:
    """Common area of numpy's histograms: below 0.125 mm/h, then four bins to an octave up to 2048."""
    a, b = (np.histogram(values, _CLASSES, weights=areas)[0] for values, areas in _both(subset))
    values = {"all": float(np.minimum(a / a.sum(), b / b.sum()).sum())}
    if a[1:].any() and b[1:].any():
        values["wet"] = float(np.minimum(a[1:] / a[1:].sum(), b[1:] / b[1:].sum()).sum())
    return values


def wet_fraction(subset: Subset) -> dict[str, float]:
    """Difference of wet areas."""
    y, x, area = subset.pooled
    wet = np.float64(np.float32(WET))
    return {"": float(np.average((x > wet).mean(axis=0) - (y > wet), weights=area))}


def intensity(subset: Subset) -> dict[str, float]:
    """Ratio of the means of wet values, less 1."""
    means = []
    for values, areas in _both(subset):
        wet = values >= WET_EDGE
        if not wet.any():
            return {}
        means.append(np.average(values[wet], weights=areas[wet]))
    return {"": float(means[1] / means[0] - 1)}


def bias(subset: Subset) -> dict[str, float]:
    """Ratio of total rain, less 1."""
    y, x, area = subset.pooled
    if (y * area).sum() <= 0:
        return {}
    return {"": float((x * area).sum() / len(x) / (y * area).sum() - 1)}


def qq(subset: Subset) -> dict[str, float]:
    """Mean relative error of numpy's quantiles, eight to a decade, while the truth goes beyond their bins."""
    true, sampled = _pairs(subset)
    return {"": float((np.abs(sampled - true) / true).mean())} if len(true) else {}


def qq_scale(subset: Subset) -> float:
    """Most that the histograms' bins can change of that: a quantile may stand anywhere in its bin."""
    edges, pairs = _edges(subset), _pairs(subset)
    if not len(pairs[0]):
        return 0.0
    low, high = (np.stack([edges[_bins(edges, each) + up] for each in pairs]) for up in (0, 1))
    return float(moved_in_bins(*pairs, low, high).mean())


def moved_in_bins(true: Array, sampled: Array, low: Array, high: Array) -> Array:
    """How far |sampled - true| / true can be from what it is, while both stay in their bins.

    The ratio of the two lies between that of the outer edges; its distance from 1 is largest at one of
    these, and smallest at one or at 1.

    Args:
        true: above zero.
        sampled: beside each.
        low: edges below both, (2, ...).
        high: edges above both.
    """
    least, most = low[1] / high[0], high[1] / low[0]
    largest = np.maximum(np.abs(least - 1), np.abs(most - 1))
    smallest = np.abs(np.clip(1, least, most) - 1)
    here = np.abs(sampled / true - 1)
    return np.maximum(largest - here, here - smallest)


def _pairs(subset: Subset) -> tuple[Array, Array]:
    """Quantiles of truth and ensemble that :func:`qq` compares."""
    truth, ensemble = _both(subset)
    upper, pairs = np.append(_BINS, [2048.0, np.inf]), []
    for number in range(4, 49):
        level = 1 - 10 ** (-number / 8)
        true, sampled = _quantile(*truth, level), _quantile(*ensemble, level)
        if true is None or sampled is None or true <= WET:
            continue
        if (truth[0] >= upper[np.searchsorted(upper, true, "right")]).any():
            pairs.append((true, sampled))
    both = np.array(pairs, np.float64).reshape(-1, 2)
    return both[:, 0], both[:, 1]


def contribution(subset: Subset) -> dict[str, float]:
    """Half the difference of shares of rain in numpy's histograms, four classes to an octave."""
    a, b = (np.histogram(v, _CLASSES, weights=v * areas)[0] for v, areas in _both(subset))
    return {"": float(np.abs(a / a.sum() - b / b.sum()).sum() / 2)} if a.any() and b.any() else {}
