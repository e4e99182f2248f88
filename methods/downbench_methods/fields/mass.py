"""Samples that keep the coarse input: their block means are given back exactly.

Where the coarse rain is the mean of the fine (perfect model), a sample whose block means differ is wrong
there for certain; where it is not, this is off by default (``TileMethod.where_not_mean``). Multiplicative
constraint in the line of Harder et al. 2023 (arXiv 2208.05424), smoothed, so that a correction does not step
from block to block where it need not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from downbench import block_mean, upsample

if TYPE_CHECKING:
    from torch import Tensor

Array = NDArray[np.float32]
SMOOTH_PASSES = 3
REACH = 4.0  # largest factor of a smooth pass
SHARE = 0.05  # of the input: a block that holds less is given rain before it is scaled
MOST_RAISE, HALVINGS = 6.0, 12  # standard deviations, steps of the bisection


def conserve(rain: Array, coarse: Array, factor: int, area: NDArray[Any] | None = None) -> Array:
    """Scale rain so that the (area-weighted) mean of every block is the coarse rain.

    Args:
        rain: mm/h, (member, time, y, x), not negative.
        coarse: mm/h, (time, Y, X); where it is NaN, a block keeps the mean it has.
        factor: fine cells along the edge of a coarse cell.
        area: of the fine cells (y, x), any unit; None is equal areas.
    """
    held = block_mean(rain, factor, area)
    wanted = np.where(np.isnan(coarse), held, coarse).astype(np.float32)
    # a block that came out dry has nothing to scale: interpolated rain stands in
    lacking = upsample(held < SHARE * wanted, factor, "nearest")
    rain = np.where(lacking, rain + SHARE * np.maximum(upsample(wanted, factor), 1e-6), rain)
    for _ in range(SMOOTH_PASSES):
        ratio = np.clip(_ratio(wanted, block_mean(rain, factor, area)), 1 / REACH, REACH)
        rain = rain * upsample(ratio, factor)
    rain = rain * upsample(_ratio(wanted, block_mean(rain, factor, area)), factor, "nearest")
    return rain.astype(np.float32)


def _ratio(wanted: Array, held: Array) -> Array:
    """Wanted over held rain; one where neither has any."""
    dry = held < 1e-9
    return np.where(dry, 1, wanted / np.where(dry, 1, held)).astype(np.float32)


def raise_dry_blocks(
    latent: Tensor, reference: Tensor, wanted: Tensor, to_rain: Callable[[Tensor, Tensor], Tensor]
) -> Tensor:
    """Raise a latent field by a constant in each block that came out (nearly) dry while its input is not.

    Scaling needs rain to scale. A raised latent field wets the cells that were nearest to rain, no more of
    them than the input needs, where a trace in every cell would leave the truth below all members.

    Args:
        latent: rain before cells are made dry, of unit variance, (B, 1, H, W).
        reference: what ``to_rain`` needs beside it, the same shape.
        wanted: coarse rain in mm/h, (B, 1, h, w); NaN asks for nothing.
        to_rain: rain in mm/h from both, cell by cell, rising with the first.

    Returns:
        (B, 1, H, W).
    """
    import torch  # here, so that methods without networks work without it

    factor = latent.shape[-1] // wanted.shape[-1]
    held = _blocks(to_rain(latent, reference), factor).mean((-1, -2))
    dry = held < SHARE * wanted
    blocks, beside, aim = _blocks(latent, factor)[dry], _blocks(reference, factor)[dry], wanted[dry]
    low, high = torch.zeros_like(aim), torch.full_like(aim, MOST_RAISE)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        less = to_rain(blocks + middle[:, None, None], beside).mean((-1, -2)) < aim
        low, high = torch.where(less, middle, low), torch.where(less, high, middle)
    raised = torch.zeros_like(wanted)
    raised[dry] = high
    return latent + raised.repeat_interleave(factor, -1).repeat_interleave(factor, -2)


def _blocks(x: Tensor, factor: int) -> Tensor:
    """View (..., H, W) as blocks (..., h, w, factor, factor)."""
    *lead, h, w = x.shape
    return x.reshape(*lead, h // factor, factor, w // factor, factor).transpose(-3, -2)
