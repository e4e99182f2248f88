"""The standard set as one would work it out with xskillscore, scipy, pysteps and numpy, metric by metric.

Written as the libraries' users would write it, with the libraries' whole-array calls where they have them.
Left out, to our disadvantage: the motion of `warping` (pysteps needs OpenCV for it) and intervals. Masks,
regions and area weights are left out too.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import xarray as xr
import xskillscore as xs
from pysteps.utils.spectral import rapsd
from pysteps.verification.spatialscores import fss
from scipy import ndimage, signal
from scipy.spatial.distance import cdist
from scipy.stats import wasserstein_distance

THRESHOLDS, HEAVY, WET = (0.1, 1.0, 4.0), (1.0, 4.0), 0.1
LEVELS = (0.99, 0.999, 0.9999, 0.99999)
DIMS = ("time", "y", "x")


def standard_set(
    truth: np.ndarray, members: np.ndarray, coarse: np.ndarray
) -> dict[str, Callable[[], object]]:
    """Name to call; truth (time, y, x), members (member, time, y, x), coarse (time, Y, X), all in mm/h."""
    y = xr.DataArray(truth, dims=DIMS)
    x = xr.DataArray(members, dims=("member", *DIMS))
    thresholds = xr.DataArray(list(THRESHOLDS), dims="threshold")
    return {
        "crps": lambda: xs.crps_ensemble(y, x),
        "crps-skill": lambda: np.abs(ndimage.zoom(coarse, (1, 8, 8), order=3) - truth).mean(),
        "twcrps": lambda: [xs.crps_ensemble(np.maximum(y, t), np.maximum(x, t)) for t in HEAVY],
        "brier": lambda: xs.threshold_brier_score(y, x, thresholds).compute(),
        "reliability": lambda: [xs.reliability(y > t, (x > t).mean("member")) for t in THRESHOLDS],
        "ranks": lambda: xs.rank_histogram(y, x),
        "spread-skill": lambda: np.sqrt(x.var("member", ddof=1).mean() / xs.mse(y, x.mean("member"))),
        "coverage": lambda: ((x.min("member") <= y) & (x.max("member") >= y)).mean(),
        "energy-score": lambda: patches(truth, members, _energy),
        "variogram-score": lambda: patches(truth, members, _variogram),
        "mse": lambda: xs.mse(y, x.mean("member")),
        "emd": lambda: wasserstein_distance(members.ravel(), truth.ravel()),
        "quantiles, ratios, top": lambda: (np.quantile(truth, LEVELS), np.quantile(members, LEVELS)),
        "perkins": lambda: [np.histogram(a, np.geomspace(0.125, 128, 41)) for a in (truth, members)],
        "wet-fraction, intensity": lambda: [((a > WET).mean(), a[a > WET].mean()) for a in (truth, members)],
        "psd": lambda: [rapsd(field, np.fft) for part in (truth, *members) for field in part],
        "sae, sae-raw": lambda: [spatial_correlations(field) for field in (y, *x)],
        "fss": lambda: [
            fss(member[t], truth[t], threshold, scale)
            for member in members
            for t in range(len(truth))
            for threshold in THRESHOLDS
            for scale in (1, 5, 9, 17, 33)
        ],
        "pattern-bias": lambda: np.sqrt(((x.mean(("time", "member")) - y.mean("time")) ** 2).mean()),
        "lag1": lambda: [_pearson(f.isel(time=slice(1, None)), f.isel(time=slice(-1))) for f in (y, *x)],
        "tendency": lambda: wasserstein_distance(
            np.diff(members, axis=1).ravel(), np.diff(truth, axis=0).ravel()
        ),
        "temporal-spectrum": lambda: [
            signal.welch(f, nperseg=min(16, len(truth)), axis=0)[1].mean((1, 2)) for f in (truth, *members)
        ],
        "spells": lambda: [spells(field > WET) for field in (truth, *members)],
        "seams": lambda: [np.abs(np.diff(field, axis=0)).mean((1, 2)) for field in (truth, *members)],
        "bias": lambda: members.mean() / truth.mean() - 1,
        "recoarsening": lambda: x.coarsen(y=8, x=8).mean() - coarse,
    }


def _pearson(a: xr.DataArray, b: xr.DataArray) -> xr.DataArray:
    return xs.pearson_r(a.drop_vars("time", errors="ignore"), b.drop_vars("time", errors="ignore"), DIMS)


def spatial_correlations(field: xr.DataArray) -> list[xr.DataArray]:
    """Of all pairs of cells 1, 2, 4, 8 and 16 apart, down and to the right."""
    return [
        xs.pearson_r(field.isel({dim: slice(lag, None)}), field.isel({dim: slice(-lag)}), DIMS)
        for lag in (1, 2, 4, 8, 16)
        for dim in ("y", "x")
    ]


def spells(wet: np.ndarray) -> list[np.ndarray]:
    """Lengths of spells: connected runs along time."""
    line = np.zeros((3, 3, 3), bool)
    line[:, 1, 1] = True
    return [np.bincount(np.bincount(ndimage.label(state, line)[0].ravel())[1:]) for state in (wet, ~wet)]


def patches(truth: np.ndarray, members: np.ndarray, score: Callable) -> float:
    """Mean of a score over patches of 8 x 8 cells."""
    frames, height, width = truth.shape
    scores = [
        score(
            truth[t, i : i + 8, j : j + 8].reshape(1, -1),
            members[:, t, i : i + 8, j : j + 8].reshape(len(members), -1),
        )
        for t in range(frames)
        for i in range(0, height, 8)
        for j in range(0, width, 8)
    ]
    return float(np.mean(scores))


def _energy(truth: np.ndarray, members: np.ndarray) -> float:
    m = len(members)
    return cdist(members, truth).mean() - cdist(members, members).sum() / (2 * m * (m - 1))


def _variogram(truth: np.ndarray, members: np.ndarray) -> float:
    total = 0.0
    for lag in (1, 2, 4):
        for axis in (1, 2):
            a, b = (
                np.sqrt(np.abs(_shifted(field.reshape(-1, 8, 8), lag, axis))) for field in (truth, members)
            )
            total += float(((a[0] - b.mean(axis=0)) ** 2).mean())
    return total


def _shifted(field: np.ndarray, lag: int, axis: int) -> np.ndarray:
    ahead, behind = [slice(None)] * 3, [slice(None)] * 3
    ahead[axis], behind[axis] = slice(lag, None), slice(None, -lag)
    return field[tuple(ahead)] - field[tuple(behind)]
