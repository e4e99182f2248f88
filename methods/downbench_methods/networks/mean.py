"""Deterministic networks for OF-Diff to rest on: coarse (B, C, h, w) to rain (B, 1, H, W)."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

from downbench_methods.networks.frame import build_unet, upsample
from downbench_methods.networks.swinir import SwinIR
from downbench_methods.ofdiff.configuration import OFDiffConfig, SwinIRConfig


def build_swinir(
    config: SwinIRConfig, channels: int, factor: int, network: Callable[..., SwinIR] = SwinIR
) -> SwinIR:
    """Swin-IR, the same for all methods that rest on it, or a network of the same sizes."""
    return network(
        channels,
        factor,
        config.swin_width,
        config.swin_depths,
        config.swin_heads,
        config.swin_window,
        config.swin_mlp_ratio,
        config.swin_features,
        config.swin_residual,
        config.swin_skip,
    )


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
