"""Guiding a diffusion model of fields by the means of their blocks: posterior sampling without training.

At each noise level the field that a denoiser makes out has a mean and, by Tweedie's second formula, a
covariance ``C = (sigma^2 / alpha) dx0/dx``. Taken as normal, it is conditioned on the block means in closed
form: ``x0 + C J' (J C J' + e^2)^-1 (wanted - A(x0))``, with the operator A linear about x0. This is moment
matching posterior sampling (Rozet et al. 2024, arXiv 2405.13712): J and its transpose cost nothing for block
means, C is applied by one backward pass, and conjugate gradients solve for the blocks. Where C is taken to be
the same multiple of one in all cells, what is left is the pseudo-inverse of the block mean, with no backward
pass: the null-space method of Wang et al. 2022 (arXiv 2212.00490).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from downbench_methods.diffusion.schedule import alpha_sigma
from downbench_methods.fields.transform import PAPER_OFFSET, Transform

LEAST_CURVATURE = 1e-6  # of conjugate gradients: a learned covariance is not quite symmetric, nor positive


@dataclass(frozen=True)
class BlockMeans:
    """Transformed block means of rain as an operator on scaled transformed rain, linear about one field.

    A mean of rain in mm/h is transformed like rain itself: of a block without structure, that is its value.

    Args:
        weights: how much each cell counts for its block, (N, 1, H, W); they add up to one in a block.
        means: transformed, of the field itself, (N, 1, h, w).
        scale: transformed rain for one unit of the field.
        factor: cells along the edge of a block.
    """

    weights: Tensor
    means: Tensor
    scale: float
    factor: int

    @classmethod
    def about(cls, field: Tensor, transform: Transform, scale: float, factor: int) -> BlockMeans:
        """The operator about a field (N, 1, H, W)."""
        rate = transform.rate(scale * field)
        shift = transform.scale if transform.kind == "log1p" else 3600 * PAPER_OFFSET
        mean = F.avg_pool2d(rate, factor)
        weights = (rate + shift) / (upsampled(mean + shift, factor) * factor**2)
        log = (mean / transform.scale).log1p() if transform.kind == "log1p" else ((mean + shift) / 3600).log()
        return cls(weights, (log - transform.rain[0]) / transform.rain[1], scale, factor)

    def of(self, change: Tensor) -> Tensor:
        """J: change of the block means, (N, 1, h, w), with one of the field."""
        return F.avg_pool2d(self.weights * change, self.factor) * (self.factor**2 * self.scale)

    def back(self, blocks: Tensor) -> Tensor:
        """J transposed: (N, 1, h, w) to (N, 1, H, W)."""
        return self.weights * upsampled(blocks, self.factor) * self.scale


def guided(
    estimate: Callable[[Tensor], Tensor],
    x: Tensor,
    logsnr: Tensor,
    wanted: Tensor,
    about: Callable[[Tensor], BlockMeans],
    steps: int,
    error: float,
) -> Tensor:
    """The clean field behind a noisy one, given its block means.

    Args:
        estimate: the clean field without knowing them.
        x: noisy field, (N, 1, H, W); logsnr: its level, (N,).
        wanted: transformed block means, (N, 1, h, w).
        about: the operator about a field.
        steps: of conjugate gradients, each with a backward pass; 0 takes the pseudo-inverse.
        error: standard deviation of what is wanted about the block means, in transformed rain.
    """
    if steps == 0:
        clean = estimate(x)
        operator = about(clean)
        curvature = operator.of(operator.back(torch.ones_like(wanted)))
        return clean + operator.back((wanted - operator.means) / curvature)
    with torch.inference_mode(False), torch.enable_grad():
        x, logsnr = x.clone().requires_grad_(), logsnr.clone()
        clean = estimate(x)
    alpha, sigma = alpha_sigma(logsnr)
    operator = about(clean.detach())

    def covariance(field: Tensor) -> Tensor:
        with torch.inference_mode(False), torch.enable_grad():
            (pulled,) = torch.autograd.grad(clean, x, field.clone(), retain_graph=True)
        return sigma**2 / alpha * pulled

    change, left = torch.zeros_like(clean), wanted - operator.means
    direction, size = left, _dot(left, left)
    for _ in range(steps):
        moved = covariance(operator.back(direction))
        seen = operator.of(moved) + error**2 * direction
        least = LEAST_CURVATURE * _dot(direction, direction)
        length = size / torch.maximum(_dot(direction, seen), least).clamp(min=1e-20)
        change = change + length * moved
        left = left - length * seen
        before, size = size, _dot(left, left)
        direction = left + size / before.clamp(min=1e-20) * direction
    return clean.detach() + change


def upsampled(blocks: Tensor, factor: int) -> Tensor:
    """Each block repeated over its cells."""
    return blocks.repeat_interleave(factor, -1).repeat_interleave(factor, -2)


def _dot(a: Tensor, b: Tensor) -> Tensor:
    """Inner product of each field, (N, 1, 1, 1)."""
    return (a * b).sum((1, 2, 3), keepdim=True)
