"""Deterministic networks for OF-Diff to rest on: coarse (B, C, h, w) to rain (B, 1, H, W)."""

from __future__ import annotations

from torch import Tensor, nn

from downbench_methods.networks.build import build_swinir, build_unet
from downbench_methods.networks.frame import upsample
from downbench_methods.ofdiff.configuration import OFDiffConfig


def build_mean(config: OFDiffConfig, channels: int, factor: int) -> nn.Module:
    """The network that the configuration names."""
    if config.mean_network == "swin-ir":
        return build_swinir(config, channels, factor)
    if config.mean_network == "unet":
        return MeanUNet(config, channels, factor)
    return Interpolation(factor)


class Interpolation(nn.Module):
    """Bilinear interpolation of the rain: nothing to learn."""

    def __init__(self, factor: int) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, coarse: Tensor) -> Tensor:
        """Interpolate the first channel."""
        return upsample(coarse[:, :1], self.factor)


class MeanUNet(nn.Module):
    """OF-Diff's flow U-Net on interpolated coarse fields, and their rain added to its output."""

    def __init__(self, config: OFDiffConfig, channels: int, factor: int) -> None:
        super().__init__()
        self.factor = factor
        self.network = build_unet(config, channels, 1)

    def forward(self, coarse: Tensor) -> Tensor:
        """Interpolate all channels, and correct the rain."""
        fine = upsample(coarse, self.factor)
        out: Tensor = self.network(fine)[0]
        return fine[:, :1] + out
