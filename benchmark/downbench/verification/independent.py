"""Metrics along an independent path: other people's libraries and plain numpy, nothing of the scoring engine.

Each function takes a :class:`~downbench.verification.fields.Subset` and gives component to value in the
metric's own unit. Slow and memory-hungry on purpose: what counts is that a reader can check it line by line.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import NamedTuple

import numpy as np
import scipy.signal
import scipy.stats
import xarray as xr
from numpy.typing import NDArray

from downbench.verification.fields import Array, Subset

LAGS = (1, 2, 4, 8, 16)  # cells
WET = 0.1  # mm/h
LEVELS = {"p99": 0.99, "p99.9": 0.999, "p99.99": 0.9999, "p99.999": 0.99999}


class Check(NamedTuple):
    """An independent path: what works it out, with which package, and how far ours may be from it.

    Ours may differ by ``absolute + relative * |theirs|``; ``why`` says where that comes from.
    """

    work: Callable[[Subset], dict[str, float]]
    by: str
    relative: float
    absolute: float
    why: str
    package: str = ""

    @property
    def is_installed(self) -> bool:
        """Whether the package is there; always for what the suite depends on."""
        return not self.package or find_spec(self.package) is not None


def crps(subset: Subset) -> dict[str, float]:
    """Fair CRPS from the unfair one of properscoring: MAE - m / (m - 1) (MAE - CRPS)."""
    import properscoring

    y, x, area = subset.pooled
    m = len(x)
    mae = np.abs(x - y).mean(axis=0)
    fair = mae if m == 1 else mae - m / (m - 1) * (mae - properscoring.crps_ensemble(y, x.T))
    return {"": float(np.average(fair, weights=area))}


def mse(subset: Subset) -> dict[str, float]:
    """MSE of the ensemble mean from xskillscore, less the variance that a finite ensemble adds."""
    import xskillscore

    y, x, area = subset.pooled
    weights = xr.DataArray(area, dims="n")
    error = xskillscore.mse(
        xr.DataArray(x.mean(axis=0), dims="n"), xr.DataArray(y, dims="n"), dim="n", weights=weights
    )
    noise = np.average(x.var(axis=0, ddof=1), weights=area) / len(x) if len(x) > 1 else 0.0
    return {"": float(error) - float(noise)}


def emd(subset: Subset) -> dict[str, float]:
    """Exact Wasserstein distance of all values from scipy."""
    y, x, area = subset.pooled
    both = (area, np.tile(area, len(x)))
    return {"": float(scipy.stats.wasserstein_distance(y, x.ravel(), *both))}


def quantiles(subset: Subset) -> dict[str, float]:
    """Exact quantiles of truth and ensemble from numpy, at the levels that the values can resolve."""
    y, x, area = subset.pooled
    found = {}
    for name, values, weights in (("truth", y, area), ("ensemble", x.ravel(), np.tile(area, len(x)))):
        for label, level in LEVELS.items():
            if len(values) * (1 - level) >= 1:
                at = np.quantile(values, level, method="inverted_cdf", weights=weights)
                found[f"{label} of the {name}"] = float(at)
    return found


def wet_fraction(subset: Subset) -> dict[str, float]:
    """Difference of wet areas, plain numpy."""
    y, x, area = subset.pooled
    wet = np.float64(np.float32(WET))
    return {"": float(np.average((x > wet).mean(axis=0) - (y > wet), weights=area))}


def bias(subset: Subset) -> dict[str, float]:
    """Ratio of total rain less 1, plain numpy."""
    y, x, area = subset.pooled
    if (y * area).sum() <= 0:
        return {}
    return {"": float((x * area).sum() / len(x) / (y * area).sum() - 1)}


def ranks(subset: Subset) -> dict[str, float]:
    """Reliability index, ranks counted pair by pair."""
    y, x, area = subset.pooled
    m = len(x)
    if m < 2:
        return {}
    below, equal = (x < y).sum(axis=0), (x == y).sum(axis=0)
    share = [
        np.sum(area * ((below <= r) & (r <= below + equal)) / (equal + 1)) / area.sum() for r in range(m + 1)
    ]
    return {"": float(np.abs(np.array(share) - 1 / (m + 1)).sum())}


def lag1(subset: Subset) -> dict[str, float]:
    """Correlation of each cell with itself one frame before: xskillscore's, weighted by area."""
    truth = _correlation(_time_pairs(subset, subset.truth))
    members = [_correlation(_time_pairs(subset, member)) for member in subset.single_members()]
    if not np.isfinite([truth, *members]).all():
        return {}
    signed = np.array(members) - truth
    return {"absolute": float(np.abs(signed).mean()), "signed": float(signed.mean())}


def sae(subset: Subset) -> dict[str, float]:
    """Spatial correlations by lag, all pairs laid out one by one."""
    size = subset.truth.shape[-2:]
    errors = []
    for lag in LAGS:
        if lag >= max(size):
            continue
        truth = _correlation(_space_pairs(subset, subset.truth, lag))
        errors += [
            abs(_correlation(_space_pairs(subset, one, lag)) - truth) for one in subset.single_members()
        ]
    return {"": float(np.mean(errors))} if errors and np.isfinite(errors).all() else {}


def psd(subset: Subset) -> dict[str, float]:
    """Spectra of pysteps over the protocol's windows: plane removed by least squares, Hann, then decibels."""
    size = subset.window_size
    if size is None:
        return {}
    truth = _spectrum(subset, subset.truth, size)
    if truth is None:
        return {}
    number = np.arange(1, size // 2 + 1)
    weight = np.log((number + 0.5) / (number - 0.5))
    band = (size / number >= 4) & (size / number <= 32)
    found: dict[str, list[float]] = {"all wavelengths": [], "4-32 cells": []}
    for member in subset.single_members():
        power = _spectrum(subset, member, size)
        if power is None or not ((power > 0) & (truth > 0)).all():
            return {}
        square = (10 * np.log10(power / truth)) ** 2
        for name, use in zip(found, (weight, weight * band), strict=True):
            found[name].append(float(np.sqrt(np.average(square, weights=use))))
    return {name: float(np.mean(values)) for name, values in found.items()}


def recoarsening(subset: Subset) -> dict[str, float]:
    """Block means by loops over the cells of a block."""
    f, total, known = subset.factor, 0.0, 0.0
    area = np.sum([subset.area[:, i::f, j::f] for i in range(f) for j in range(f)], axis=0)[:, None]
    for member in subset.single_members():
        rain = member * subset.area[:, None]
        mean = np.sum([rain[..., i::f, j::f] for i in range(f) for j in range(f)], axis=0) / area
        use = np.isfinite(mean)
        total += float((np.where(use, mean - subset.coarse, 0.0) ** 2 * area).sum())
        known += float((use * area).sum())
    return {"": float(np.sqrt(total / known))} if known else {}


Pairs = tuple[Array, Array, Array]


def _time_pairs(subset: Subset, field: Array) -> Pairs:
    use = subset.valid[:, 1:] & subset.valid[:, :-1]
    return field[:, :-1][use], field[:, 1:][use], subset.weights[:, 1:][use]


def _space_pairs(subset: Subset, field: Array, lag: int) -> Pairs:
    parts: list[Pairs] = []
    valid, weights = subset.valid, subset.weights
    for late, early in (
        (np.s_[..., lag:, :], np.s_[..., :-lag, :]),
        (np.s_[..., lag:], np.s_[..., :-lag]),
    ):
        use = valid[late] & valid[early]
        parts.append((field[early][use], field[late][use], weights[late][use]))
    a, b, w = (np.concatenate(each) for each in zip(*parts, strict=True))
    return a, b, w


def _correlation(pairs: Pairs) -> float:
    import xskillscore

    a, b, w = pairs
    if not len(a) or not a.std() or not b.std():
        return float("nan")
    a_, b_, w_ = (xr.DataArray(values, dims="n") for values in (a, b, w))
    return float(xskillscore.pearson_r(a_, b_, dim="n", weights=w_))


def _spectrum(subset: Subset, field: Array, size: int) -> NDArray[np.float64] | None:
    y, x = np.mgrid[:size, :size]
    plane = np.column_stack([np.ones(size * size), y.ravel(), x.ravel()])
    line = scipy.signal.windows.hann(size, sym=False)
    powers = []
    for tile, y0, x0 in subset.windows:
        for window in field[tile, :, y0 : y0 + size, x0 : x0 + size]:
            if np.isfinite(window).all():
                fit = plane @ np.linalg.lstsq(plane, window.ravel(), rcond=None)[0]
                modes = np.fft.fft2((window - fit.reshape(size, size)) * np.outer(line, line))
                powers.append(_radial_mean(np.fft.fftshift(np.abs(modes) ** 2)))
    return np.mean(powers, axis=0) if powers else None


def _radial_mean(power: Array) -> NDArray[np.float64]:
    """Means over the shells 1 to size / 2, by pysteps; padded, since that leaves the last shell out."""
    from pysteps.utils.spectral import rapsd

    there = rapsd(np.pad(np.ones(power.shape), 1))
    return (rapsd(np.pad(power, 1)) / there)[1 : len(power) // 2 + 1]


_FLOAT32 = "the engine takes fields in float32"
CHECKS = {
    "crps": Check(crps, "properscoring, made fair", 2e-5, 1e-7, _FLOAT32),
    "mse": Check(mse, "xskillscore, numpy", 2e-5, 1e-6, _FLOAT32),
    "emd": Check(
        emd, "scipy.stats.wasserstein_distance", 2**-8, 2**-13, "bins of the histogram, docs/metrics.md"
    ),
    "quantiles": Check(quantiles, "numpy.quantile", 2**-7, 2**-13, "bins of the histogram, docs/metrics.md"),
    "wet-fraction": Check(wet_fraction, "numpy", 1e-6, 1e-9, _FLOAT32),
    "bias": Check(bias, "numpy", 1e-5, 1e-6, _FLOAT32),
    "ranks": Check(ranks, "numpy", 1e-9, 1e-9, "counts are exact"),
    "lag1": Check(lag1, "xskillscore.pearson_r", 1e-6, 1e-7, "sums in another order"),
    "sae": Check(sae, "xskillscore.pearson_r", 1e-6, 1e-7, "sums in another order"),
    "psd": Check(psd, "pysteps rapsd, scipy", 1e-3, 1e-3, "transforms in float32", package="pysteps"),
    "recoarsening": Check(recoarsening, "numpy", 1e-5, 1e-7, _FLOAT32),
}
