"""Probabilistic metrics along an independent path: properscoring, xskillscore and plain numpy.

As in the files beside it, each function takes a :class:`downbench.Subset` and gives
component to value in the metric's own unit. Slow and memory-hungry on purpose: what counts is that a reader
can check it line by line.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import scipy.ndimage
import xarray as xr
from numpy.typing import NDArray

from downbench import Subset

Array = NDArray[np.float64]


EVENTS = (0.1, 1.0, 4.0)  # mm/h
HEAVY = (1.0, 4.0)
LEAST_PATCH = 8  # cells


def label(threshold: float) -> str:
    """Component of a threshold."""
    return f"{threshold:g} mm/h"


def crps(subset: Subset) -> dict[str, float]:
    """Fair CRPS from the unfair one of properscoring."""
    y, x, area = subset.pooled
    return {"": float(np.average(_fair_crps(y, x), weights=area))}


def _fair_crps(y: Array, x: Array) -> Array:
    """MAE - m / (m - 1) (MAE - CRPS), since properscoring counts each member's distance to itself."""
    import properscoring

    m = len(x)
    mae = np.abs(x - y).mean(axis=0)
    return mae if m == 1 else mae - m / (m - 1) * (mae - properscoring.crps_ensemble(y, x.T))


def twcrps(subset: Subset) -> dict[str, float]:
    """The CRPS of what lies above a threshold: of max(x, t) and max(y, t)."""
    y, x, area = subset.pooled
    return {
        label(t): float(np.average(_fair_crps(np.maximum(y, t), np.maximum(x, t)), weights=area))
        for t in HEAVY
    }


def crps_skill(subset: Subset) -> dict[str, float]:
    """1 - CRPS / mean absolute error of bicubic interpolation, cubic convolution written out."""
    fine = np.maximum(_bicubic(_filled(subset.coarse), subset.factor), 0)
    weights = subset.weights
    error = np.where(subset.valid, np.abs(fine - subset.truth), 0.0)
    if not error.any():
        return {}
    return {"": 1 - crps(subset)[""] / float(np.average(error, weights=weights))}


def _filled(coarse: Array) -> Array:
    """Each missing cell holds its nearest valid one, frame by frame."""
    filled = coarse.copy()
    for frame in filled.reshape(-1, *coarse.shape[-2:]):
        gaps = np.isnan(frame)
        if gaps.any() and not gaps.all():
            nearest = scipy.ndimage.distance_transform_edt(gaps, return_distances=False, return_indices=True)
            frame[...] = frame[tuple(nearest)]
    return filled


def _bicubic(field: Array, factor: int) -> Array:
    a = -0.5  # of Keys 1981
    for axis in (-2, -1):
        size = field.shape[axis]
        centre = (np.arange(size * factor) + 0.5) / factor - 0.5
        left, total = np.floor(centre).astype(int), 0.0
        for cell in (left - 1, left, left + 1, left + 2):
            d = np.abs(centre - cell)
            near = (a + 2) * d**3 - (a + 3) * d**2 + 1
            far = a * d**3 - 5 * a * d**2 + 8 * a * d - 4 * a
            weight = np.where(d <= 1, near, far)
            part = np.moveaxis(np.take(field, np.clip(cell, 0, size - 1), axis), axis, -1) * weight
            total = total + np.moveaxis(part, -1, axis)
        field = np.asarray(total)
    return field


def brier(subset: Subset) -> dict[str, float]:
    """Fair Brier score of xskillscore, weighted by area."""
    import xskillscore

    y, x, area = subset.pooled
    weights = xr.DataArray(area, dims="n")
    values = {}
    for t in EVENTS:
        event = xr.DataArray(_exceeds(y, t).astype(float), dims="n")
        forecast = xr.DataArray(_exceeds(x, t).astype(float), dims=("member", "n"))
        fair = len(x) > 1
        score = xskillscore.brier_score(
            event, forecast, member_dim="member", dim="n", fair=fair, weights=weights
        )
        values[label(t)] = float(score)
    return values


def _exceeds(field: Array, threshold: float) -> NDArray[np.bool_]:
    return field > np.float64(np.float32(threshold))


def reliability(subset: Subset) -> dict[str, float]:
    """Reliability term of the Brier score, one forecast probability after the other."""
    y, x, area = subset.pooled
    values = {}
    for t in EVENTS:
        event, number = _exceeds(y, t), _exceeds(x, t).sum(axis=0)
        terms = [
            area[number == k].sum()
            * (k / len(x) - np.average(event[number == k], weights=area[number == k])) ** 2
            for k in np.unique(number)
        ]
        values[label(t)] = float(sum(terms) / area.sum())
    return values


def _rank_shares(subset: Subset) -> Array:
    """Share of the area at each rank, ties spread evenly, ranks counted pair by pair."""
    y, x, area = subset.pooled
    below, equal = (x < y).sum(axis=0), (x == y).sum(axis=0)
    share = [
        np.sum(area * ((below <= r) & (r <= below + equal)) / (equal + 1)) / area.sum()
        for r in range(len(x) + 1)
    ]
    return np.array(share)


def ranks(subset: Subset) -> dict[str, float]:
    """Reliability index."""
    m = len(subset.members)
    return {"": float(np.abs(_rank_shares(subset) - 1 / (m + 1)).sum())} if m > 1 else {}


def coverage(subset: Subset) -> dict[str, float]:
    """Share inside the ensemble, less the nominal one."""
    m = len(subset.members)
    return {"": float(_rank_shares(subset)[1:m].sum()) - (m - 1) / (m + 1)} if m > 1 else {}


def mse(subset: Subset) -> dict[str, float]:
    """MSE of the ensemble mean from xskillscore, less the variance that a finite ensemble adds."""
    error, variance = _error_and_variance(subset)
    return {"": error - variance / len(subset.members)}


def spread_skill(subset: Subset) -> dict[str, float]:
    """Spread, times (m + 1) / m, over the error of the ensemble mean, less 1."""
    m = len(subset.members)
    error, variance = _error_and_variance(subset)
    return {"": float(np.sqrt((m + 1) / m * variance / error)) - 1} if m > 1 and error > 0 else {}


def _error_and_variance(subset: Subset) -> tuple[float, float]:
    import xskillscore

    y, x, area = subset.pooled
    mean, truth = xr.DataArray(x.mean(axis=0), dims="n"), xr.DataArray(y, dims="n")
    error = xskillscore.mse(mean, truth, dim="n", weights=xr.DataArray(area, dims="n"))
    variance = np.average(x.var(axis=0, ddof=1), weights=area) if len(x) > 1 else 0.0
    return float(error), float(variance)


def _patches(subset: Subset) -> tuple[Array, Array, Array]:
    """Truth (n, size, size), members (m, n, size, size) and areas (n,) of the wholly valid patches."""
    size = -(-LEAST_PATCH // subset.factor) * subset.factor

    def cut(field: Array) -> Array:
        *lead, ny, nx = field.shape
        inner = field[..., : ny // size * size, : nx // size * size]
        blocks = inner.reshape(*lead, ny // size, size, nx // size, size).swapaxes(-3, -2)
        return blocks.reshape(*lead[:-2], -1, size, size)  # tiles, times and places on one axis

    y, x = cut(subset.truth), cut(subset.members)
    area = cut(np.broadcast_to(subset.area[:, None], subset.truth.shape)).sum(axis=(1, 2))
    whole = np.isfinite(y).all(axis=(1, 2))
    return y[whole], x[:, whole], area[whole]


def energy_score(subset: Subset) -> dict[str, float]:
    """Distances of whole patches, numpy.linalg.norm over the root of their number of cells."""
    y, x, area = _patches(subset)
    if not len(y):
        return {}

    def distance(a: Array, b: Array) -> Array:
        return np.asarray(np.linalg.norm(a - b, axis=(-2, -1))) / y.shape[-1]

    score = np.mean([distance(one, y) for one in x], axis=0)
    if len(x) > 1:
        score = score - np.mean([distance(a, b) for a, b in combinations(x, 2)], axis=0) / 2
    return {"": float(np.average(score, weights=area))}


def variogram_score(subset: Subset) -> dict[str, float]:
    """Roots of differences 1, 2 and 4 cells apart, the members' variance taken out."""
    y, x, area = _patches(subset)
    if not len(y):
        return {}
    terms = []
    for lag in (1, 2, 4):
        down, right = np.s_[..., lag:, :], np.s_[..., lag:]
        for ahead, behind in ((down, np.s_[..., :-lag, :]), (right, np.s_[..., :-lag])):
            v = np.sqrt(np.abs(x[ahead] - x[behind]))
            term = (np.sqrt(np.abs(y[ahead] - y[behind])) - v.mean(axis=0)) ** 2
            noise = v.var(axis=0, ddof=1) / len(x) if len(x) > 1 else 0.0
            terms.append((term - noise).reshape(len(y), -1))
    return {"": float(np.average(np.concatenate(terms, axis=1).mean(axis=1), weights=area))}


def roc(subset: Subset) -> dict[str, float]:
    """Chance that more members exceed a threshold where the truth does: Mann and Whitney's, all pairs."""
    y, x, area = subset.pooled
    values = {}
    for t in EVENTS:
        event, number = _exceeds(y, t), _exceeds(x, t).sum(axis=0)
        with_event, without = (
            np.array([area[side & (number == k)].sum() for k in range(len(x) + 1)])
            for side in (event, ~event)
        )
        if with_event.any() and without.any():
            won = [
                a * b * (1.0 if k > i else 0.5 if k == i else 0.0)
                for k, a in enumerate(with_event)
                for i, b in enumerate(without)
            ]
            values[label(t)] = float(np.sum(won) / with_event.sum() / without.sum())
    return values
