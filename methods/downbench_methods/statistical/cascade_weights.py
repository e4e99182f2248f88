"""Weights by which rain is divided among the cells inside a cell, fitted and drawn.

A parent of b x b children has a number of wet ones (as often as in the training data), which of them are wet
(more likely those towards a wetter neighbour), and for these log-normal weights, divided by their sum:

    share_i = exp(slope x_i + spread z_i) / sum_j exp(slope x_j + spread z_j),   z_i ~ N(0, 1)

x_i is the logarithm of the parents' field interpolated to child i, less that of the parent itself. Slope and
spread are those with which drawn shares have the mean sum of share times x, and of share squared, that the
training data have: real shares have a longer tail towards nothing than a log-normal one, and a fit to their
logarithms would give far too strong extremes. Parameters belong to a class of the parent's rain.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import ndtr

from downbench import block_mean, upsample

Array = NDArray[np.float32]
FEWEST = 200  # parents of a class
PAIRS_OF = 20_000  # parents that the odds are fitted on
MOST_ODDS = 20.0
MOST_SLOPE, MOST_SPREAD = 8.0, 4.0
BISECTIONS, ROUNDS = 12, 3
TINY = 1e-12  # mm/h


def family(field: NDArray[Any], b: int) -> NDArray[Any]:
    """Children by parent: (..., y b, x b) to (..., y, x, b b)."""
    *lead, ny, nx = field.shape
    blocks = field.reshape(*lead, ny // b, b, nx // b, b)
    return np.moveaxis(blocks, -3, -2).reshape(*lead, ny // b, nx // b, b * b)


def drift(parents: NDArray[Any], b: int) -> NDArray[Any]:
    """x of every child, (..., y, x, b b): log of interpolated over own rain; where it is dry, zero."""
    own = np.maximum(parents, TINY)[..., None]
    return np.where(own > TINY, np.log(np.maximum(family(upsample(parents, b), b), TINY) / own), 0)


def normalised(log_weight: NDArray[Any], wet: NDArray[np.bool_]) -> NDArray[Any]:
    """Shares of the wet children from the logarithms of their weights; they add up to one."""
    log_weight = np.where(wet, log_weight, -np.inf)
    weight = np.exp(log_weight - log_weight.max(-1, keepdims=True))
    return weight / weight.sum(-1, keepdims=True)


@dataclass(frozen=True)
class Weights:
    """Fitted division of one scale.

    Args:
        edges: of the classes, log of the parent's rain in mm/h, (class - 1,).
        counts: cumulative frequencies of 1, 2, ... wet children, (class, b b).
        odds: of being wet, per unit of x, (class,).
        slope: of log weights against x, (class,).
        spread: standard deviation of log weights, (class,).
    """

    edges: NDArray[np.float64]
    counts: NDArray[np.float64]
    odds: NDArray[np.float64]
    slope: NDArray[np.float64]
    spread: NDArray[np.float64]

    def divide(self, parents: Array, b: int, normal: Array) -> Array:
        """Rain of the children: (..., y, x) to (..., y b, x b), which gives back its block means.

        Args:
            parents: mm/h, not missing.
            b: children along an edge.
            normal: standard normal noise, (..., 2 b b + 1, y, x).
        """
        k = b * b
        noise = np.moveaxis(normal, -3, -1)
        x = drift(parents, b)
        of = np.searchsorted(self.edges, np.log(np.maximum(parents, TINY)))
        wet_number = 1 + (ndtr(noise[..., -1:]) > self.counts[of, :-1]).sum(-1)
        gumbel = -np.log(-np.log(np.clip(ndtr(noise[..., k : 2 * k].astype(np.float64)), 1e-15, 1 - 1e-15)))
        ranks = (-(self.odds[of][..., None] * x + gumbel)).argsort(-1).argsort(-1)
        log_weight = self.slope[of][..., None] * x + self.spread[of][..., None] * noise[..., :k]
        shares = k * parents[..., None] * normalised(log_weight, ranks < wet_number[..., None])
        *lead, ny, nx, _ = shares.shape
        blocks = np.moveaxis(shares.reshape(*lead, ny, nx, b, b), -2, -3)
        return blocks.reshape(*lead, ny * b, nx * b).astype(np.float32)


def examples(fine: Array, b: int) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Wet and whole parents of one scale.

    Args:
        fine: rain at the scale of the children, (frame, y, x), NaN where missing.
        b: children along an edge.

    Returns:
        Rain of the parents (n,), of their children (n, b b), and x (n, b b).
    """
    parents = block_mean(fine, b)
    use = np.nan_to_num(parents) > 0
    return parents[use], family(fine, b)[use], drift(parents, b)[use]


def fit_weights(parents: NDArray[Any], children: NDArray[Any], x: NDArray[Any], classes: int) -> Weights:
    """Fit the division of one scale to :func:`examples`, in at most ``classes`` equally frequent classes."""
    k = children.shape[1]
    log_parent = np.log(parents)
    number = int(np.clip(len(parents) // FEWEST, 1, classes))
    edges = np.quantile(log_parent, np.arange(1, number) / number)
    of = np.searchsorted(edges, log_parent)
    wet = children > 0
    table = np.bincount(of * k + wet.sum(1) - 1, minlength=number * k).reshape(number, k)
    slope, spread = match_moments(children / children.sum(1, keepdims=True), x, of, number)
    if not x.any():  # weights that do not lean
        slope = np.zeros(number)
    return Weights(
        edges,
        table.cumsum(1) / np.maximum(table.sum(1, keepdims=True), 1),
        np.array([_odds(x[of == c], wet[of == c]) for c in range(number)]),
        slope,
        spread,
    )


def match_moments(
    shares: NDArray[Any], x: NDArray[Any], of: NDArray[np.intp], number: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Slope and spread of each class with which drawn shares have the moments of those given.

    Args:
        shares: of the children (n, b b); x: likewise.
        of: class of each parent, (n,); number: of classes.
    """
    wet = shares > 0
    noise = np.random.default_rng(0).standard_normal(shares.shape).astype(np.float32)
    x = x.astype(np.float32)
    slope, spread = np.zeros(number), np.ones(number)

    def drawn(slope: NDArray[Any], spread: NDArray[Any]) -> NDArray[Any]:
        a, b = slope.astype(np.float32), spread.astype(np.float32)
        return normalised(a[of, None] * x + b[of, None] * noise, wet)

    def along(w: NDArray[Any]) -> NDArray[Any]:
        return np.bincount(of, (w * x).sum(1, dtype=float), number)

    def squares(w: NDArray[Any]) -> NDArray[Any]:
        return np.bincount(of, np.square(w).sum(1, dtype=float), number)

    def leaning(slope: NDArray[Any], spread: NDArray[Any]) -> NDArray[Any]:
        return along(drawn(slope, spread))

    def unequal(spread: NDArray[Any], slope: NDArray[Any]) -> NDArray[Any]:
        return squares(drawn(slope, spread))

    for _ in range(ROUNDS):
        slope = _bisect(partial(leaning, spread=spread), along(shares), -MOST_SLOPE, MOST_SLOPE)
        spread = _bisect(partial(unequal, slope=slope), squares(shares), 0.0, MOST_SPREAD)
    return slope, spread


def _bisect(
    rising: Callable[[NDArray[Any]], NDArray[Any]], wanted: NDArray[Any], low: float, high: float
) -> NDArray[np.float64]:
    """Where a rising function of each class has the wanted value."""
    below, above = np.full(len(wanted), low), np.full(len(wanted), high)
    for _ in range(BISECTIONS):
        middle = (below + above) / 2
        enough = rising(middle) >= wanted
        below, above = np.where(enough, below, middle), np.where(enough, middle, above)
    return (below + above) / 2


def _odds(x: NDArray[Any], wet: NDArray[np.bool_]) -> float:
    """The c that best explains by exp(c x) which child of each wet-dry pair is the wet one."""
    x, wet = x[:PAIRS_OF], wet[:PAIRS_OF]
    ahead = (x[:, :, None] - x[:, None, :])[wet[:, :, None] & ~wet[:, None, :]]
    if not ahead.any():
        return 0.0
    best = minimize_scalar(
        lambda c: np.logaddexp(0, -c * ahead).mean(), bounds=(-MOST_ODDS, MOST_ODDS), method="bounded"
    )
    return float(best.x)
