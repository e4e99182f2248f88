"""A small U-Net in plain torch."""

import torch
from torch import Tensor, nn


def block(channels: int, width: int) -> nn.Sequential:
    """Two convolutions, normalised; group norm does not mix the examples of a batch."""
    return nn.Sequential(
        nn.Conv2d(channels, width, 3, padding=1),
        nn.GroupNorm(4, width),
        nn.SiLU(),
        nn.Conv2d(width, width, 3, padding=1),
        nn.SiLU(),
    )


class UNet(nn.Module):
    """Maps (B, channels, y, x) to one map (B, 1, y, x); y and x are multiples of 4."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.down = nn.ModuleList([block(channels, width), block(width, 2 * width)])
        self.bottom = block(2 * width, 4 * width)
        self.up = nn.ModuleList([block(6 * width, 2 * width), block(3 * width, width)])
        self.head = nn.Conv2d(width, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Halve the maps twice and double them twice, each level with its counterpart beside it."""
        kept = []
        for level in self.down:
            x = level(x)
            kept.append(x)
            x = nn.functional.avg_pool2d(x, 2)
        x = self.bottom(x)
        for level in self.up:
            x = nn.functional.interpolate(x, scale_factor=2)
            x = level(torch.cat([x, kept.pop()], 1))
        return self.head(x)
