"""From one frame's coarse fields, fine relief and noise to fine rain: one signature for several networks."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from downbench_methods.networks.build import UNetConfig, build_unet


def upsample(x: Tensor, factor: int) -> Tensor:
    """Interpolate (N, C, h, w) bilinearly to (N, C, H, W)."""
    return F.interpolate(x, scale_factor=factor, mode="bilinear", align_corners=False)


def fine_fields(coarse: Tensor, relief: Tensor, channel: int | None, factor: int) -> Tensor:
    """Interpolate coarse fields (N, C, h, w), and put in relief (N, 0 or 1, H, W): (N, C, H, W)."""
    fields = upsample(coarse, factor)
    return (
        fields if channel is None else torch.cat([fields[:, :channel], relief, fields[:, channel + 1 :]], 1)
    )


class FrameNetwork(nn.Module):
    """Maps coarse (B, C, h, w), relief (B, 0 or 1, H, W) and noise (B, k, ...) to rain (B, 1, H, W).

    ``noise_maps`` is k, and ``noise_density`` the number of noise cells along the edge of a coarse cell.
    """

    noise_maps = 0
    noise_density = 1


class CoarseNetwork(FrameNetwork):
    """A network that sees the coarse fields alone, such as Swin-IR and EDSR."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, coarse: Tensor, relief: Tensor, noise: Tensor | None) -> Tensor:
        """Predict transformed rain."""
        out: Tensor = self.network(coarse)
        return out


class FrameUNet(FrameNetwork):
    """A U-Net over interpolated coarse fields, fine relief and fine noise; it adds to the interpolated rain.

    Args:
        channels: coarse channels C; relief: position of the topography among them, or None.
        noise_maps: maps of noise on the fine grid.
    """

    def __init__(
        self, config: UNetConfig, channels: int, factor: int, relief: int | None, noise_maps: int = 0
    ) -> None:
        super().__init__()
        self.noise_maps, self.noise_density = noise_maps, factor
        self.factor, self.relief = factor, relief
        self.unet = build_unet(config, channels + noise_maps, 1)
        if noise_maps:  # a head of zeros would begin with members that are all alike
            nn.init.normal_(self.unet.head.weight, std=0.01)

    def forward(self, coarse: Tensor, relief: Tensor, noise: Tensor | None) -> Tensor:
        """Predict transformed rain."""
        seen = fine_fields(coarse, relief, self.relief, self.factor)
        rain = seen[:, :1]
        if noise is not None:
            seen = torch.cat([seen, noise], 1)
        out: Tensor = rain + self.unet(seen)[0]
        return out
