"""Residual generator and critic, in the line of Leinonen et al. 2021 and Harris et al. 2022.

Residual blocks on the coarse grid and at every resolution from there to the fine grid, no normalisation,
leaky ReLU of slope 0.2 (Harris et al. 2022, arXiv 2204.02028, section 3 and fig. 2). The critic goes the same
way down, meets the coarse fields on their grid, and ends in a mean over the grid, so that it judges fields of
any size.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from downbench_methods.networks.frame import FrameNetwork

SLOPE = 0.2


class ResidualBlock(nn.Module):
    """2 x [leaky ReLU, 3x3 convolution] and a skip."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 3, padding=1)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1)
        self.skip = nn.Conv2d(channels, width, 1) if channels != width else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, channels, H, W) to (B, width, H, W)."""
        y = self.conv2(F.leaky_relu(self.conv1(F.leaky_relu(x, SLOPE)), SLOPE))
        out: Tensor = self.skip(x) + y
        return out


def steps(factor: int) -> list[int]:
    """Prime-sized steps of resolution that make up ``factor``, from coarse to fine."""
    sizes = []
    while factor > 1:
        step = next((n for n in (2, 3, 5) if factor % n == 0), factor)
        sizes.append(step)
        factor //= step
    return sizes


class Generator(FrameNetwork):
    """Coarse fields and coarse noise to rain.

    Args:
        relief: whether fine topography is seen on the fine grid.
        noise_maps: maps of noise on the coarse grid.
        blocks: residual blocks on the coarse and on the fine grid, each.
    """

    def __init__(
        self, channels: int, factor: int, width: int, relief: bool, noise_maps: int = 4, blocks: int = 3
    ) -> None:
        super().__init__()
        self.noise_maps, self.relief = noise_maps, relief
        widths = [channels + noise_maps, *[width] * blocks]
        self.coarse = nn.Sequential(*map(ResidualBlock, widths, widths[1:]))
        self.rise, last = nn.Sequential(), width
        for i, step in enumerate(steps(factor), 1):
            after = width if i == len(steps(factor)) else 2 * width
            self.rise.append(nn.Upsample(scale_factor=step, mode="bilinear", align_corners=False))
            self.rise.append(ResidualBlock(last, after))
            last = after
        widths = [width + relief, *[width] * blocks]
        self.fine = nn.Sequential(*map(ResidualBlock, widths, widths[1:]))
        self.head = nn.Conv2d(width, 1, 1)
        self.factor = factor

    def forward(self, coarse: Tensor, relief: Tensor, noise: Tensor | None) -> Tensor:
        """Predict transformed rain."""
        assert noise is not None
        x = self.rise(self.coarse(torch.cat([coarse, noise], 1)))
        if self.relief:
            x = torch.cat([x, relief], 1)
        rain = F.interpolate(coarse[:, :1], scale_factor=self.factor, mode="bilinear", align_corners=False)
        out: Tensor = rain + self.head(self.fine(x))
        return out


class Critic(nn.Module):
    """Judges rain, given its coarse fields.

    Args:
        patch: space-to-depth in front of it, a divisor of the factor.
    """

    def __init__(self, channels: int, factor: int, width: int, relief: bool, patch: int = 1) -> None:
        super().__init__()
        self.patch, self.relief = patch, relief
        self.fine = nn.Sequential(nn.Conv2d((1 + relief) * patch**2, width, 3, padding=1))
        for step in reversed(steps(factor // patch)):
            self.fine.append(ResidualBlock(width, width))
            self.fine.append(nn.AvgPool2d(step))
        self.coarse = nn.Sequential(nn.Conv2d(channels, width, 3, padding=1), ResidualBlock(width, width))
        self.both = nn.Sequential(ResidualBlock(2 * width, width), ResidualBlock(width, width))
        self.head = nn.Sequential(nn.Linear(width, 64), nn.LeakyReLU(SLOPE), nn.Linear(64, 1))

    def forward(self, rain: Tensor, coarse: Tensor, relief: Tensor) -> Tensor:
        """Judge rain (B, 1, H, W) with coarse fields (B, C, h, w) and relief (B, 0 or 1, H, W): (B,)."""
        seen = torch.cat([rain, relief], 1) if self.relief else rain
        fine = self.fine(F.pixel_unshuffle(seen, self.patch))
        x = self.both(torch.cat([fine, self.coarse(coarse)], 1))
        out: Tensor = self.head(F.leaky_relu(x, SLOPE).mean((-2, -1)))[:, 0]
        return out
