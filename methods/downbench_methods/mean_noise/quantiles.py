"""The distribution of a prediction's error, as quantiles that may depend on the prediction."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, ndtr, ndtri

from downbench import Config

Array = NDArray[np.float32]
BINS = (1, 2, 4, 8, 16, 32)  # candidates
LEAST = 200  # values in a bin
DRY = 1e-4  # tolerance of a comparison with no rain
MOST_SCORED = 100_000  # values of each half that candidates are scored on
# probabilities of the tabulated quantiles: dense in the tails, which hold the extremes
LEVELS = np.concatenate([[0.0], expit(np.linspace(-12, 12, 301)), [1.0]])


class ResidualQuantiles(Config):
    """Quantiles of the residual, in bins of the prediction, interpolated in between.

    Args:
        centres: mean prediction of each bin, rising, (bins,).
        table: quantiles at ``LEVELS``, (bins, levels).
    """

    centres: tuple[float, ...]
    table: tuple[tuple[float, ...], ...]

    @classmethod
    def fit(cls, prediction: Array, residual: Array, bins: int) -> Self:
        """Tabulate residuals (..., n) of predictions (n,).

        The bins are evenly wide in the logarithm of the rank from above: most predictions are dry, so bins of
        equal counts would leave heavy rain to one of them.
        """
        order = np.argsort(prediction, kind="stable")
        n = len(order)
        # cuts at ranks n, n^(1-1/b) LEAST^(1/b), ..., LEAST from above
        cuts = n - np.geomspace(n, min(LEAST, n), bins + 1)[:-1]
        cuts = np.unique(np.append(cuts.astype(int), n))
        parts = [order[a:b] for a, b in pairwise(cuts)]
        centres = [float(prediction[part].mean(dtype=np.float64)) for part in parts]
        table = [tuple(np.quantile(residual[..., part], LEVELS).astype(float).tolist()) for part in parts]
        distinct = [i for i in range(len(parts)) if i == 0 or centres[i] > centres[i - 1]]
        return cls(centres=tuple(centres[i] for i in distinct), table=tuple(table[i] for i in distinct))

    def scores(self, prediction: Array, truth: Array, dry: float) -> Array:
        """Normal scores of the truth given predictions, both transformed and of any shape.

        That is the noise which :meth:`residual` maps to their difference. Dry cells of one prediction have
        one rank: they get the expectation of a standard normal variable below their threshold.
        """
        is_dry = truth <= dry + DRY
        level = self._level(prediction, np.where(is_dry, dry, truth) - prediction)
        bound = ndtri(np.clip(level, *LEVELS[[1, -2]]))
        below = -np.exp(-np.square(bound) / 2) / np.sqrt(2 * np.pi) / ndtr(bound)
        return np.where(is_dry, below, bound).astype(np.float32)

    def _level(self, prediction: Array, residual: Array) -> NDArray[np.float64]:
        """Probability of no greater residual, interpolated between bins."""
        row, w = _position(prediction, np.asarray(self.centres))
        above, level = np.minimum(row + 1, len(self.table) - 1), np.zeros(residual.shape)
        for index, quantiles in enumerate(self.table):
            share = np.where(row == index, 1 - w, 0) + np.where(above == index, w, 0)
            level += share * np.interp(residual, quantiles, LEVELS)
        return level

    def residual(self, prediction: Array, noise: Array) -> Array:
        """Map standard normal noise (members, ...) to residuals of predictions (...)."""
        table = np.asarray(self.table, np.float32)
        level, u = _position(ndtr(noise.astype(np.float64)), LEVELS)
        row, w = _position(prediction, np.asarray(self.centres))
        row, w = np.broadcast_to(row, level.shape), np.broadcast_to(w, level.shape)
        above = np.minimum(row + 1, len(table) - 1)
        low = table[row, level] * (1 - u) + table[row, level + 1] * u
        high = table[above, level] * (1 - u) + table[above, level + 1] * u
        return (low * (1 - w) + high * w).astype(np.float32)


def _position(x: NDArray[np.floating], grid: NDArray[np.float64]) -> tuple[NDArray[np.intp], Array]:
    """Index of the grid cell that holds each value, and how far into it, clamped to the ends."""
    position = np.interp(x, grid, np.arange(len(grid)))
    index = np.minimum(position.astype(np.intp), max(len(grid) - 2, 0))
    return index, (position - index).astype(np.float32)


def halves(count: int) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Two folds of values in order of time: positions to fit on, and at most MOST_SCORED to score."""
    first, second = np.array_split(np.arange(count), 2)
    return [(a, b[:: -(-len(b) // MOST_SCORED)]) for a, b in ((first, second), (second, first))]


def fit_best(
    prediction: Array, truth: Array, score: Callable[[Array, Array], float], members: int = 8
) -> ResidualQuantiles:
    """Fit with the number of bins that scores best in two-fold cross-validation.

    Args:
        prediction: transformed, (n,), in order of time.
        truth: likewise.
        score: from members (M, n) and truth (n,) to a number; smaller is better.
    """
    noise = np.random.default_rng(0).standard_normal((members, MOST_SCORED), np.float32)
    left = truth - prediction
    folds = []
    for fitted, scored in halves(len(prediction)):
        order = fitted[np.argsort(prediction[fitted], kind="stable")]  # once: sorted again, it costs little
        folds.append((prediction[order], left[order], scored))

    def cross_validated(bins: int) -> float:
        total = 0.0
        for rising, residuals, scored in folds:
            quantiles = ResidualQuantiles.fit(rising, residuals, bins)
            residual = quantiles.residual(prediction[scored], noise[:, : len(scored)])
            total += score(prediction[scored] + residual, truth[scored])
        return total

    return ResidualQuantiles.fit(prediction, left, min(BINS, key=cross_validated))
