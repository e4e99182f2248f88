"""A locally adaptive Wiener filter, which a small denoiser may start from.

The best denoiser of a normal residual is linear: each scale is shrunk by what share of it is noise. A few
minutes of training teach a small network little about that, so its samples keep noise at small scales and
lose spread at large ones. Here the filter is built in: the network predicts how variable the residual is in
every pixel and band of scales, and a correction to the filter's velocity. The paper has no such filter.
"""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional as F

from downbench_methods.diffusion.schedule import alpha_sigma

BANDS = 5
LIMIT = 5.0  # of the logarithm of a variance: beyond that, gains at low noise grow until training is unstable

WITHIN = LIMIT - 0.5  # of the variances that training starts from


def _smooth(x: Tensor, gap: int) -> Tensor:
    """Blur (B, 1, H, W) by the binomial kernel 1 4 6 4 1 with ``gap`` pixels between its taps."""
    for dim in (-1, -2):
        pads = (2 * gap, 2 * gap, 0, 0) if dim == -1 else (0, 0, 2 * gap, 2 * gap)
        padded, n = F.pad(x, pads, mode="replicate"), x.shape[dim]
        a, b, c, d, e = (padded.narrow(dim, i * gap, n) for i in range(5))
        x = (a + e + 4 * (b + d) + 6 * c) / 16
    return x


def split(x: Tensor) -> Tensor:
    """Split (B, 1, H, W) into bands of scales, fine to coarse, that add up to it: (B, BANDS, H, W).

    The "a trous" wavelet transform (Starck and Murtagh 2006, chapter 2), bands an octave wide.
    """
    bands = []
    for level in range(BANDS - 1):
        smooth = _smooth(x, 2**level)
        bands.append(x - smooth)
        x = smooth
    return torch.cat([*bands, x], 1)


@lru_cache(maxsize=1)
def white_variances() -> tuple[float, ...]:
    """Variance of each band of white noise with unit variance: the energy of the band's impulse response."""
    size = 2 ** (BANDS + 2) + 1
    impulse = torch.zeros(1, 1, size, size, dtype=torch.float64)
    impulse[0, 0, size // 2, size // 2] = 1
    return tuple(split(impulse).square().sum((0, 2, 3)).tolist())


def wiener_velocity(x: Tensor, log_variance: Tensor, logsnr: Tensor) -> Tensor:
    """The velocity that the Wiener filter predicts.

    In a band where the residual has variance s^2 and white noise n, the best linear estimate from
    x = alpha r + sigma eps is v = alpha sigma (n - s^2) / (alpha^2 s^2 + sigma^2 n) x.

    Args:
        x: noisy residual, (B, 1, H, W).
        log_variance: logarithm of s^2 / n, (B, BANDS, H, W).
        logsnr: (B,).
    """
    alpha, sigma = alpha_sigma(logsnr)
    ratio = log_variance.clamp(-LIMIT, LIMIT).exp()
    gain = alpha * sigma * (1 - ratio) / (alpha.square() * ratio + sigma.square())
    return (gain * split(x)).sum(1, keepdim=True)


def log_variances(residual: Tensor, valid: Tensor) -> Tensor:
    """Logarithm of the mean s^2 / n of the bands of residuals (B, 1, H, W) over valid pixels: (BANDS,).

    It lies within the limits of :func:`wiener_velocity`, beyond which nothing would be learnt of a band.
    """
    power = (split(residual * valid).square() * valid).sum((0, 2, 3)) / valid.sum().clamp(min=1)
    ratio = (power / power.new_tensor(white_variances())).clamp(min=1e-6)
    return ratio.log().clamp(-WITHIN, WITHIN)
