"""Variance-preserving diffusion in v-prediction (Salimans and Ho 2022, arXiv 2202.00512).

Noise levels are log signal-to-noise ratios, so the network, the loss and every solver share one scale
whatever the schedule: ``x = alpha r + sigma eps``, ``alpha^2 = sigmoid(logsnr)``, ``sigma^2 = 1 - alpha^2``.
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Schedule = Literal["sigmoid", "cosine"]
Spacing = Literal["time", "logsnr"]  # how the levels of a solver are spread
NOISIEST, CLEANEST = -8.0, 4.0  # log signal-to-noise ratios between which levels are spread evenly


def signal_level(kind: Schedule, steps: int) -> NDArray[np.float64]:
    """Cumulative signal level alpha^2 after 1 .. ``steps`` steps of a discrete schedule, (steps,).

    ``sigmoid``: start -3, end 3, tau 1, betas clipped at 0.999 (Jabri et al. 2022, arXiv 2212.11972, alg. 1);
    ``cosine``: Nichol and Dhariwal 2021 (arXiv 2102.09672, eq. 17).
    """
    t = np.linspace(0, 1, steps + 1)
    if kind == "sigmoid":
        sigmoid = 1 / (1 + np.exp(-(t * 6 - 3)))
        level = (sigmoid[-1] - sigmoid) / (sigmoid[-1] - sigmoid[0])
    else:
        level = np.cos((t + 0.008) / 1.008 * math.pi / 2) ** 2
        level = level / level[0]
    betas = np.clip(1 - level[1:] / level[:-1], 0, 0.999)
    return np.cumprod(1 - betas)


def log_snr(kind: Schedule, steps: int, shift: float = 0.0) -> Tensor:
    """The schedule as log signal-to-noise ratios, (steps,), falling.

    ``shift`` is added: negative values spend more of the schedule on large scales, as larger images need
    (Hoogeboom et al. 2023, arXiv 2301.11093, eq. 5, with shift = 2 log(reference size / size)).
    """
    level = signal_level(kind, steps)
    return torch.tensor(np.log(level) - np.log1p(-level) + shift, dtype=torch.float32)


def solver_levels(levels: Tensor, steps: int, spacing: Spacing = "time") -> list[float]:
    """Noise levels of ``steps`` evaluations, rising.

    ``time``: evenly spread over the steps of the schedule ``levels`` (falling), from its noisy end.
    ``logsnr``: evenly spread in log signal-to-noise ratio, as Lu et al. 2022 (arXiv 2206.00927, section 3.3)
    advise. With few evaluations it keeps the spread that the other loses: see docs/methods/ofdiff.md.
    """
    n = len(levels)
    if spacing == "logsnr":
        ends = max(NOISIEST, float(levels[-1])), min(CLEANEST, float(levels[0]))
        return [float(level) for level in np.linspace(*ends, steps)] if steps > 1 else [ends[0]]
    index = [max(round(n * (1 - i / steps)) - 1, 0) for i in range(min(steps, n))]
    return [float(levels[i]) for i in index]


def alpha_sigma(logsnr: Tensor) -> tuple[Tensor, Tensor]:
    """Signal and noise amplitudes of noise levels (B,), each (B, 1, 1, 1)."""
    logsnr = logsnr[:, None, None, None]
    return logsnr.sigmoid().sqrt(), (-logsnr).sigmoid().sqrt()


def velocity(residual: Tensor, noise: Tensor, logsnr: Tensor) -> Tensor:
    """The target ``v = alpha eps - sigma r`` (arXiv 2202.00512, eq. 10), (B, C, H, W)."""
    alpha, sigma = alpha_sigma(logsnr)
    return alpha * noise - sigma * residual


def from_velocity(x: Tensor, v: Tensor, logsnr: Tensor) -> Tensor:
    """The residual ``alpha x - sigma v`` that a predicted velocity stands for, (B, C, H, W)."""
    alpha, sigma = alpha_sigma(logsnr)
    return alpha * x - sigma * v
