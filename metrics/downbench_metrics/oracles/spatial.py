"""Metrics of fields along an independent path: pysteps, xskillscore, scipy.ndimage and plain numpy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from io import StringIO
from math import gcd
from typing import NamedTuple

import numpy as np
import scipy.ndimage
import scipy.signal
import xarray as xr
from numpy.typing import NDArray

from downbench import Subset
from downbench_metrics.oracles.ensemble import EVENTS, Array, label

LAGS = (1, 2, 4, 8, 16)  # cells
SCALES = (1, 5, 9, 17, 33)  # cells
WET = 0.1  # mm/h
SAMPLED = 32  # cells along the edge of a tile of which time means are looked at

Pairs = tuple[Array, Array, Array]


def sae(subset: Subset) -> dict[str, float]:
    """Spatial correlations by lag, all pairs laid out one by one."""
    errors = []
    for lag in _lags(subset):
        truth = correlation(_space_pairs(subset, subset.truth, lag))
        errors += [
            abs(correlation(_space_pairs(subset, one, lag)) - truth) for one in subset.single_members()
        ]
    return {"": float(np.mean(errors))} if errors and np.isfinite(errors).all() else {}


def sae_raw(subset: Subset) -> dict[str, float]:
    """Covariances of the same pairs, numpy.cov weighted by area."""
    errors = []
    for lag in _lags(subset):
        truth = _covariance(_space_pairs(subset, subset.truth, lag))
        errors += [
            abs(_covariance(_space_pairs(subset, one, lag)) - truth) for one in subset.single_members()
        ]
    return {"": float(np.mean(errors))} if errors else {}


def _lags(subset: Subset) -> list[int]:
    """Lags of which there are pairs."""
    return [lag for lag in LAGS if len(_space_pairs(subset, subset.truth, lag)[0])]


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


def correlation(pairs: Pairs) -> float:
    """Pearson correlation of xskillscore, weighted; NaN without pairs or where one side is constant."""
    import xskillscore

    a, b, w = pairs
    if not len(a) or not a.std() or not b.std():
        return float("nan")
    a_, b_, w_ = (xr.DataArray(values, dims="n") for values in (a, b, w))
    return float(xskillscore.pearson_r(a_, b_, dim="n", weights=w_))


def _covariance(pairs: Pairs) -> float:
    a, b, w = pairs
    return float(np.cov(a, b, aweights=w, ddof=0)[0, 1])


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
    distances: dict[str, list[float]] = {"all wavelengths": [], "4-32 cells": []}
    for member in subset.single_members():
        power = _spectrum(subset, member, size)
        if power is None or not ((power > 0) & (truth > 0)).all():
            return {}
        square = (10 * np.log10(power / truth)) ** 2
        for name, use in zip(distances, (weight, weight * band), strict=True):
            distances[name].append(float(np.sqrt(np.average(square, weights=use))))
    return {name: float(np.mean(values)) for name, values in distances.items()}


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
    with redirect_stdout(StringIO()):  # it greets at import
        from pysteps.utils.spectral import rapsd

    there = rapsd(np.pad(np.ones(power.shape), 1))
    return (rapsd(np.pad(power, 1)) / there)[1 : len(power) // 2 + 1]


def fss(subset: Subset) -> dict[str, float]:
    """Shares of events among valid cells by scipy.ndimage.uniform_filter, a score of each member."""
    return _fractions_skill(subset, lambda shares, score: [score(share) for share in shares])


def fss_ensemble(subset: Subset) -> dict[str, float]:
    """The same of the mean share over members."""
    return _fractions_skill(subset, lambda shares, score: [score(np.mean(list(shares), axis=0))])


def _fractions_skill(
    subset: Subset, scored: Callable[[Iterator[Array], Callable[[Array], float]], list[float]]
) -> dict[str, float]:
    """Mean of what ``scored`` makes of the members' shares and the score of a share, by component."""
    valid, area, values = subset.valid, subset.area[:, None], {}
    for scale in SCALES:
        number = _counts(valid, scale)
        weight = np.where(valid & (2 * number >= scale**2), area, 0.0)
        for t in EVENTS:
            limit = np.float64(np.float32(t))
            o = _counts(valid & (subset.truth > limit), scale) / np.maximum(number, 1)
            if not (weight * o).any():
                continue

            def score(p: Array, o: Array = o, weight: Array = weight) -> float:
                return float(1 - (weight * (p - o) ** 2).sum() / (weight * (p**2 + o**2)).sum())

            shares = (
                _counts(valid & (member > limit), scale) / np.maximum(number, 1)
                for member in subset.single_members()
            )
            name = f"{label(t)}, {scale} cell{'s' if scale > 1 else ''}"
            values[name] = float(np.mean(scored(shares, score)))
    return values


def _counts(field: NDArray[np.bool_], scale: int) -> Array:
    """How many cells of the square around each are true; there are none beyond the edges."""
    share = scipy.ndimage.uniform_filter(field.astype(float), (0, 0, scale, scale), mode="constant")
    return np.asarray(np.round(share * scale**2))


class _Objects(NamedTuple):
    total: float
    centre: Array
    volume: float
    scatter: float


def sal(subset: Subset) -> dict[str, float]:
    """SAL from the measurements of scipy.ndimage on labelled objects."""
    diagonal = float(np.hypot(*subset.truth.shape[2:]))
    rows = []
    for tile, t in np.ndindex(subset.truth.shape[:2]):
        truth = _objects(subset.truth[tile, t])
        for member in subset.members[:, tile, t]:
            sampled = _objects(member)
            if truth is None or sampled is None:
                continue
            s, a = _relative(sampled.volume, truth.volume), _relative(sampled.total, truth.total)
            apart = float(np.linalg.norm(sampled.centre - truth.centre))
            location = (apart + 2 * abs(sampled.scatter - truth.scatter)) / diagonal
            rows.append((abs(s), abs(a), location, s, a))
    names = ("structure", "amplitude", "location", "structure signed", "amplitude signed")
    return dict(zip(names, np.mean(rows, axis=0).tolist(), strict=True)) if rows else {}


def _relative(a: float, b: float) -> float:
    return 2 * (a - b) / (a + b)


def _objects(field: Array) -> _Objects | None:
    rain = np.nan_to_num(field)
    if not (rain > WET).any():
        return None
    labels, count = scipy.ndimage.label(rain > np.quantile(rain[rain > WET], 0.95) / 15)
    index = np.arange(1, count + 1)
    mass = scipy.ndimage.sum_labels(rain, labels, index)
    peak = scipy.ndimage.maximum(rain, labels, index)
    centre = np.array(scipy.ndimage.center_of_mass(rain))
    away = np.linalg.norm(np.array(scipy.ndimage.center_of_mass(rain, labels, index)) - centre, axis=1)
    volume, scatter = (float(np.average(v, weights=mass)) for v in (mass / peak, away))
    return _Objects(float(rain.sum()), centre, volume, scatter)


def pattern_bias(subset: Subset) -> dict[str, float]:
    """Root mean square of differences of time means, by xskillscore, at every s-th cell."""
    import xskillscore

    step = -(-max(subset.truth.shape[2:]) // SAMPLED)
    while gcd(step, subset.factor) > 1:
        step += 1
    here = np.s_[..., ::step, ::step]
    valid = subset.valid[here]
    number = valid.sum(axis=1)
    seen = number > 0
    if not seen.any():
        return {}
    truth, ensemble = (
        np.where(valid, field[here], 0.0).sum(axis=1)[seen] / number[seen]
        for field in (subset.truth, subset.members.mean(axis=0))
    )
    weights = xr.DataArray((number * subset.area[here])[seen], dims="n")
    one, two = (xr.DataArray(values, dims="n") for values in (truth, ensemble))
    return {"": float(xskillscore.rmse(one, two, dim="n", weights=weights))}


def recoarsening(subset: Subset) -> dict[str, float]:
    """Block means by loops over the cells of a block."""
    f, errors = subset.factor, []
    area = np.sum([subset.area[:, i::f, j::f] for i in range(f) for j in range(f)], axis=0)[:, None]
    for member in subset.single_members():
        rain = member * subset.area[:, None]
        mean = np.sum([rain[..., i::f, j::f] for i in range(f) for j in range(f)], axis=0) / area
        use = np.isfinite(mean)
        if not use.any():
            return {}
        total = (np.where(use, mean - subset.coarse, 0.0) ** 2 * area).sum()
        errors.append(float(np.sqrt(total / (use * area).sum())))
    return {"": float(np.mean(errors))}
