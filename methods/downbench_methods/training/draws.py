"""Random numbers of training examples, each from the example's own seed.

Whatever batch, piece or process an example is worked on in, it meets the same noise.
"""

from __future__ import annotations

import torch
from torch import Tensor

GOLDEN = 0.6180339887498949  # multiples of it, less their integers, are evenly spread at any number of them


def example_normal(batch: dict[str, Tensor], *shape: int) -> Tensor:
    """Standard normal noise (B, *shape), on the device of the batch."""
    out = torch.empty(len(batch["seed"]), *shape)
    for row, seed in zip(out, batch["seed"].tolist(), strict=True):
        row.normal_(generator=torch.Generator().manual_seed(seed))
    return out.to(batch["fine"].device)


def example_uniform(batch: dict[str, Tensor], count: int) -> Tensor:
    """Numbers (B, count) in 0 to 1, evenly spread over successive examples.

    A Kronecker sequence (Niederreiter 1992, section 3.2): an even spread of noise levels lowers the variance
    of a diffusion model's loss.
    """
    position = batch["index"][:, None] * count + torch.arange(count, device=batch["index"].device)
    return (position.double() * GOLDEN % 1).float().clamp(max=1 - 1e-6)
