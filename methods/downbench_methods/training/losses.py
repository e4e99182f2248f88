"""Losses over the valid pixels of transformed rain."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from downbench_methods.training.processes import shared


def masked_mean(values: Tensor, weight: Tensor) -> Tensor:
    """Mean of values, weighted (or masked) by an array of the same shape; zero where there is no weight."""
    return (values * weight).sum() / shared(weight.sum()).clamp(min=1e-6)


def masked_mse(a: Tensor, b: Tensor, valid: Tensor) -> Tensor:
    """Mean squared difference over valid pixels; zero where there are none."""
    return masked_mean((a - b).square(), valid)


def masked_mae(a: Tensor, b: Tensor, valid: Tensor) -> Tensor:
    """Mean absolute difference over valid pixels."""
    return masked_mean((a - b).abs(), valid)


def quantile_loss(a: Tensor, b: Tensor, valid: Tensor, level: float) -> Tensor:
    """Pinball loss, least where ``a`` is the quantile of ``b`` (Koenker and Bassett 1978, eq. 3.1)."""
    error = b - a
    return masked_mean(torch.maximum(level * error, (level - 1) * error), valid)


def crps_loss(members: Tensor, truth: Tensor, valid: Tensor) -> Tensor:
    """Fair CRPS of members (M, ...) and truth (...), pixel by pixel (Ferro 2014, eq. 6)."""
    m = len(members)
    first, second = torch.triu_indices(m, m, 1, device=members.device)
    # by pairs: dry members that are all alike must get no gradient, and sorting would give them one
    spread = (members[first] - members[second]).abs().sum(0) / (m * (m - 1))
    return masked_mean((members - truth).abs().mean(0) - spread, valid)


def scales_loss(members: Tensor, truth: Tensor, valid: Tensor, scales: tuple[int, ...]) -> Tensor:
    """Mean over scales of the fair CRPS of block means, blocks being so many pixels a side.

    The CRPS of pixels says nothing of how they hang together; that of their means does.

    Args:
        members: (M, B, H, W); truth: (B, H, W).
        valid: (B, H, W); a block with a pixel that is not does not count.
    """

    def pool(x: Tensor, scale: int) -> Tensor:
        scale = min(scale, *x.shape[-2:])
        pooled = F.avg_pool2d(x.flatten(0, -3)[:, None].float(), scale)
        return pooled.view(*x.shape[:-2], *pooled.shape[2:])

    terms = [crps_loss(pool(members, scale), pool(truth, scale), pool(valid, scale) == 1) for scale in scales]
    return torch.stack(terms).mean()


def energy_loss(members: Tensor, truth: Tensor, valid: Tensor, block: int) -> Tensor:
    """Fair energy score of blocks of pixels, each a vector (Gneiting and Raftery 2007, eq. 22).

    Norms are divided by the square root of the block's pixels, so that the score is in units of one pixel.

    Args:
        members: (M, B, H, W); truth: (B, H, W).
        valid: (B, H, W); a pixel that is not counts as predicted well.
        block: pixels a side, cut down to the field.
    """
    m, block = len(members), min(block, *truth.shape[-2:])
    blocks = F.avg_pool2d(valid[:, None].float(), block)[:, 0]  # (B, H / block, W / block)

    def norm(difference: Tensor) -> Tensor:
        squares = F.avg_pool2d((difference.square() * valid).flatten(0, -3)[:, None], block)[:, 0]
        # a gradient at zero difference
        return (squares + 1e-6).sqrt().view(*difference.shape[:-2], *squares.shape[-2:])

    first, second = torch.triu_indices(m, m, 1, device=members.device)
    error = norm(members - truth).mean(0)
    spread = norm(members[first] - members[second]).mean(0)
    return masked_mean(error - spread / 2, blocks)
