"""Solvers of the probability-flow equation, behind one interface.

All take ``denoise(x, logsnr) -> x0`` and rising log signal-to-noise ratios, use at most as many evaluations
as there are levels, and end with the last prediction of x0. Own code of a dozen lines each; diffusers'
schedulers are their oracles in the tests.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Literal

import numpy as np
from torch import Tensor

Denoise = Callable[[Tensor, float], Tensor]
Solver = Literal["ddim", "dpmpp", "heun"]
SIGMA_MIN, SIGMA_MAX = 0.002, 80.0  # of Karras et al. 2022, table 1


def _amplitudes(logsnr: float) -> tuple[float, float]:
    return math.sqrt(1 / (1 + math.exp(-logsnr))), math.sqrt(1 / (1 + math.exp(logsnr)))


def ddim(denoise: Denoise, x: Tensor, levels: Sequence[float]) -> Tensor:
    """DDIM with eta = 0 (Song et al. 2021, arXiv 2010.02502, eq. 12).

    Args:
        denoise: predicts the clean field from a noisy one and its log signal-to-noise ratio.
        x: standard normal noise, any shape.
        levels: log signal-to-noise ratios of the evaluations, rising.
    """
    for here, after in pairwise(levels):
        alpha, sigma = _amplitudes(here)
        alpha_next, sigma_next = _amplitudes(after)
        x0 = denoise(x, here)
        x = alpha_next * x0 + (sigma_next / sigma) * (x - alpha * x0)
    return denoise(x, levels[-1])


def dpmpp(denoise: Denoise, x: Tensor, levels: Sequence[float]) -> Tensor:
    """DPM-Solver++(2M) (Lu et al. 2022, arXiv 2211.01095, algorithm 2); arguments as for :func:`ddim`."""
    previous: Tensor | None = None
    step_before = 0.0
    for here, after in pairwise(levels):
        sigma, (alpha_next, sigma_next) = _amplitudes(here)[1], _amplitudes(after)
        x0 = denoise(x, here)
        step = (after - here) / 2  # h, in lambda = log(alpha / sigma) = logsnr / 2
        slope = x0
        if previous is not None:  # D = (1 + 1/2r) x0_i - 1/2r x0_{i-1}, r = h_{i-1} / h_i
            half = step / (2 * step_before)
            slope = (1 + half) * x0 - half * previous
        x = (sigma_next / sigma) * x - alpha_next * math.expm1(-step) * slope
        previous, step_before = x0, step
    return denoise(x, levels[-1])


def karras_levels(count: int, highest: float, lowest: float, rho: float = 7.0) -> list[float]:
    """Noise levels between two noise-to-signal ratios (Karras et al. 2022, arXiv 2206.00364, eq. 5).

    Args:
        count: how many.
        highest: sigma_max, noise over signal amplitude; lowest: sigma_min.
        rho: how much denser the levels are at low noise.

    Returns:
        Log signal-to-noise ratios, rising.
    """
    ends = highest ** (1 / rho), lowest ** (1 / rho)
    sigma = np.linspace(*ends, count) ** rho if count > 1 else np.array([highest])
    return [float(level) for level in -2 * np.log(sigma)]


def heun(denoise: Denoise, x: Tensor, levels: Sequence[float]) -> Tensor:
    """Heun's second-order method without churn (Karras et al. 2022, arXiv 2206.00364, algorithm 1).

    Of ``levels`` only the ends and the number count: n evaluations allow (n + 1) // 2 steps, the last one
    Euler's, on levels of its own (:func:`karras_levels`, rho = 7). They begin at sigma_max = 80 where those
    given begin above it: the field is lost in noise there, and steps would be too. Other arguments as for
    :func:`ddim`.
    """
    first, last = (math.exp(-level / 2) for level in (levels[0], levels[-1]))
    own = karras_levels((len(levels) + 1) // 2, min(first, SIGMA_MAX), last)
    x = x / _amplitudes(own[0])[0]  # noise is added to the signal here: x = x0 + sigma eps
    for here, after in pairwise(own):
        sigma, sigma_next = math.exp(-here / 2), math.exp(-after / 2)
        slope = (x - denoise(x * _amplitudes(here)[0], here)) / sigma
        ahead = x + (sigma_next - sigma) * slope
        slope_next = (ahead - denoise(ahead * _amplitudes(after)[0], after)) / sigma_next
        x = x + (sigma_next - sigma) * (slope + slope_next) / 2
    return denoise(x * _amplitudes(own[-1])[0], own[-1])


SOLVERS: dict[Solver, Callable[[Denoise, Tensor, Sequence[float]], Tensor]] = {
    "ddim": ddim,
    "dpmpp": dpmpp,
    "heun": heun,
}
