"""Sizes of the networks that several methods share, and the networks that they make."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import Field, PositiveFloat, PositiveInt

from downbench import Config, parameter
from downbench_methods.networks.edsr import EDSR
from downbench_methods.networks.swinir import Residual, SwinIR
from downbench_methods.networks.unet import UNet

Widths = Annotated[tuple[PositiveInt, ...], Field(min_length=1)]


class UNetConfig(Config):
    """Sizes of a U-Net; the defaults are those of OF-Diff's."""

    width: PositiveInt = parameter(64, "U-Net: maps of the first level.")
    multipliers: Widths = parameter(
        (1, 1, 2, 2, 3, 4), "U-Net: maps of each level, as multiples of the width."
    )
    heads: PositiveInt = parameter(4, "U-Net: heads of its attention over space.")
    head_width: PositiveInt = parameter(32, "U-Net: channels of a head.")
    attention: Literal["all", "bottleneck"] = parameter(
        "all", "U-Net: which levels have attention over space."
    )
    unet_patch: PositiveInt = parameter(
        1, "U-Net: space-to-depth in front of it; 1 is the paper's.", "fine cells"
    )
    stem: PositiveInt = parameter(7, "U-Net: kernel of its first convolution.", "cells")


class SwinIRConfig(Config):
    """Sizes of Swin-IR; the defaults are those of OF-Diff's deterministic downscaler."""

    swin_width: PositiveInt = parameter(200, "Swin-IR: channels of its layers, a multiple of its heads.")
    swin_depths: Widths = parameter((6,) * 7, "Swin-IR: layers of each group.")
    swin_heads: PositiveInt = parameter(8, "Swin-IR: heads of its attention.")
    swin_window: PositiveInt = parameter(8, "Swin-IR: side of the windows of its attention.", "coarse cells")
    swin_mlp_ratio: PositiveFloat = parameter(
        2.0, "Swin-IR: width of its perceptrons, relative to its layers."
    )
    swin_features: PositiveInt = parameter(64, "Swin-IR: maps of its upsampler.")
    swin_residual: Residual = parameter("3conv", "Swin-IR: convolutions that end a group.")
    swin_skip: bool = parameter(False, "Swin-IR: whether interpolated rain is added to its output.")


class EDSRSizes(Config):
    """Sizes of EDSR; the defaults are the paper's."""

    features: PositiveInt = parameter(256, "EDSR: maps of its blocks.")
    blocks: PositiveInt = parameter(32, "EDSR: residual blocks.")
    residual_scale: PositiveFloat = parameter(0.1, "EDSR: factor of what a block adds.")
    edsr_skip: bool = parameter(False, "EDSR: whether interpolated rain is added to its output.")


def build_unet(config: UNetConfig, channels: int, out: int, **kwargs: Any) -> UNet:
    """A U-Net of these sizes; other arguments are its own."""
    return UNet(
        channels,
        out,
        config.width,
        config.multipliers,
        heads=config.heads,
        head_width=config.head_width,
        attention=config.attention,
        patch=config.unet_patch,
        stem=config.stem,
        **kwargs,
    )


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


def build_edsr(config: EDSRSizes, channels: int, factor: int) -> EDSR:
    """EDSR of these sizes."""
    return EDSR(
        channels, factor, config.features, config.blocks, config.residual_scale, skip=config.edsr_skip
    )
