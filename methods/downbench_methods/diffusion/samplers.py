"""Solvers of the probability-flow equation, behind one interface.

All take ``denoise(x, logsnr) -> x0`` and falling noise levels, and end with the last prediction of x0.
Own code of a dozen lines each; diffusers' schedulers are their oracles in the tests.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from collections.abc import Sequence as Many
from itertools import pairwise
from typing import Literal

from torch import Tensor

Denoise = Callable[[Tensor, float], Tensor]
Solver = Literal["ddim", "dpmpp"]


def _amplitudes(logsnr: float) -> tuple[float, float]:
    return math.sqrt(1 / (1 + math.exp(-logsnr))), math.sqrt(1 / (1 + math.exp(logsnr)))


def ddim(denoise: Denoise, x: Tensor, levels: Many[float]) -> Tensor:
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


def dpmpp(denoise: Denoise, x: Tensor, levels: Many[float]) -> Tensor:
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


SOLVERS: dict[Solver, Callable[[Denoise, Tensor, Many[float]], Tensor]] = {"ddim": ddim, "dpmpp": dpmpp}
