"""Deterministic networks that a distribution rests on: coarse (B, C, h, w) to rain (B, 1, H, W)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from torch import Tensor, nn

from downbench_methods.networks.build import SwinIRConfig, UNetConfig, build_swinir, build_unet
from downbench_methods.networks.frame import upsample

MeanNetwork = Literal["swin-ir", "unet", "interpolation"]


def build_mean(
    network: MeanNetwork, swinir: SwinIRConfig, unet: UNetConfig, channels: int, factor: int
) -> nn.Module:
    """The network of a name, of the sizes in either configuration."""
    if network == "swin-ir":
        return build_swinir(swinir, channels, factor)
    if network == "unet":
        return MeanUNet(unet, channels, factor)
    return Interpolation(factor)


def named(counts: Mapping[str, int], network: MeanNetwork) -> dict[str, int]:
    """Parameters by module of a model whose ``downscaler`` is such a network, by the network's own name."""
    name = {"swin-ir": "swinir"}.get(network, network)
    return {name if module == "downscaler" else module: count for module, count in counts.items()}


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

    def __init__(self, config: UNetConfig, channels: int, factor: int) -> None:
        super().__init__()
        self.factor = factor
        self.network = build_unet(config, channels, 1)

    def forward(self, coarse: Tensor) -> Tensor:
        """Interpolate all channels, and correct the rain."""
        fine = upsample(coarse, self.factor)
        out: Tensor = self.network(fine)[0]
        return fine[:, :1] + out
