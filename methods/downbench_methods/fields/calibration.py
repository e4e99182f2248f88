"""Calibration: samples get the distribution that rain has.

Samples of a network are somewhat off in what they have in common: too dry by a little, too weak at their
heaviest, and scaling them to the coarse rain moves that again. For training data both distributions are
known, so a map of quantiles makes one the other. (Empirical quantile mapping, as Themessl et al. 2011,
doi:10.1002/joc.2168, do it to a climate model's rain.)
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from downbench import Config
from downbench_methods.fields.mass import conserve

Array = NDArray[np.float32]
LEVELS, LEAST = 256, 300  # quantiles; values beyond the highest


class Calibration(Config):
    """Rain for samples, both in mm/h and rising; between them straight lines, beyond them one factor."""

    samples: tuple[float, ...]
    rain: tuple[float, ...]

    def __call__(self, samples: Array) -> Array:
        """Calibrated samples, of any shape; what is dry stays dry."""
        return _map(samples, np.array(self.samples), np.array(self.rain)).astype(np.float32)


def fit_calibration(
    samples: Array, rain: Array, coarse: Array, valid: NDArray[np.bool_], passes: int, conserved: bool
) -> Calibration | None:
    """Map quantiles of samples to those of rain.

    Where samples are scaled to the coarse rain afterwards, that changes what was mapped: each further pass
    maps what is still missing then.

    Args:
        samples: mm/h, (n, y, x), as the network makes them; rain: the truth; valid: which cells of it count.
        coarse: mm/h, (n, Y, X).
        passes: one or more.
        conserved: whether samples are scaled to give back the coarse rain.

    Returns:
        None where there are too few values to map or no rain, and where samples are so far off that the map
        brings the two distributions no nearer to each other (by their earth mover's distance: quantiles
        alone lie so dense in the tail that chance in the heaviest rain would decide).
    """
    factor = samples.shape[-1] // coarse.shape[-1]
    number = int(valid.sum())
    if number <= LEAST:
        return None
    levels = 1 - np.geomspace(1, LEAST / number, LEVELS)
    nodes = np.unique(_quantiles(samples[valid], levels))
    wanted = _quantiles(rain[valid], levels)
    if nodes[-1] <= 0 or wanted[-1] <= 0:
        return None

    def quantiles(made: Array) -> NDArray[np.float64]:
        held = conserve(made[None], coarse, factor)[0] if conserved else made
        return _quantiles(held[valid], levels)

    mapped, made, have = nodes, samples, quantiles(samples)
    before = _distance(have, wanted, levels)
    for _ in range(passes):
        rising, first = np.unique(have, return_index=True)
        mapped = _map(mapped, rising, wanted[first])
        made = _map(samples, nodes, mapped).astype(np.float32)
        have = quantiles(made)
    if not made.any() or _distance(have, wanted, levels) >= before:
        return None
    return Calibration(samples=tuple(nodes.tolist()), rain=tuple(mapped.tolist()))


def _quantiles(values: Array, levels: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.quantile(values.astype(np.float64), levels)


def _distance(one: NDArray[np.float64], other: NDArray[np.float64], levels: NDArray[np.float64]) -> float:
    """Earth mover's distance [mm/h] of two distributions by their quantiles at ``levels``."""
    return float(np.trapezoid(np.abs(one - other), levels))


def _map(values: NDArray[Any], start: NDArray[np.float64], end: NDArray[np.float64]) -> NDArray[np.float64]:
    """Piecewise linear map, from rising numbers to others; above the last by their ratio."""
    beyond = values * (end[-1] / start[-1])
    mapped = np.where(values > start[-1], beyond, np.interp(values, start, end))
    return np.where(values > 0, mapped, 0)
