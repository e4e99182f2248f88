"""Parameters of the regression methods and their presets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, PositiveFloat, PositiveInt

from downbench import Config
from downbench_methods.frame_method import FrameConfig
from downbench_methods.networks.frame import UNetConfig
from downbench_methods.ofdiff.configuration import SwinIRConfig

Presets = Mapping[str, Mapping[str, Any]]
Share = Annotated[float, Field(ge=0, le=1)]


class RegressionConfig(FrameConfig):
    """Parameters of every deterministic network."""

    loss: Literal["mse", "mae", "quantile"] = "mse"
    quantile: Share = 0.5  # that the loss "quantile" asks for


class UNetRegressionConfig(UNetConfig, RegressionConfig):
    """Parameters of ``unet``."""


class SwinIRRegressionConfig(SwinIRConfig, RegressionConfig):
    """Parameters of ``swin-ir``."""

    clip: PositiveInt = 1


class EDSRSizes(Config):
    """Sizes of EDSR; the defaults are the paper's."""

    features: PositiveInt = 256
    blocks: PositiveInt = 32
    residual_scale: PositiveFloat = 0.1
    edsr_skip: bool = False  # whether interpolated rain is added to the output


class EDSRConfig(EDSRSizes, RegressionConfig):
    """Parameters of ``edsr``."""


class EnsembleConfig(UNetConfig, FrameConfig):
    """Parameters of ``unet-crps``."""

    members: Annotated[int, Field(ge=2)] = 4  # of the ensemble that a step scores
    noise_maps: PositiveInt = 1  # on the fine grid
    scales: tuple[PositiveInt, ...] = (1, 2, 4, 8)  # fine cells a side of blocks whose means the CRPS scores
    energy: Share = 0.5  # weight of the energy score beside that of the CRPS
    energy_block: PositiveInt = 8  # fine cells a side that the energy score takes as one vector


SHARED: dict[str, dict[str, Any]] = {
    "smoke": {
        "train_steps": 4,
        "batch": 2,
        "patch": 32,
        "rain_scale": 1.0,
        "warmup": 1,
        "log_every": 2,
        "checkpoint_every": 2,
        "validate_every": 4,
        "score_clips": 2,
        "score_members": 2,
    },
    "tiny": {
        "batch": 24,
        "patch": 64,
        "rain_scale": 1.0,
        "lr": 1e-3,
        "score_clips": 64,
    },
    "small": {
        "train_steps": 20_000,
        "batch": 32,
        "patch": 128,
        "rain_scale": 1.0,
        "lr": 4e-4,
        "precision": "bf16-mixed",
        "ema": 0.999,
        "warmup": 500,
        "score_clips": 128,
        "log_every": 100,
        "validate_every": 1000,
        "checkpoint_every": 1000,
    },
    "paper": {
        "train_steps": 700_000,
        "batch": 5,
        "patch": 384,
        "lr": 1e-4,
        "lr_end": 5e-7,
        "warmup": 0,
        "checkpoint_every": 5000,
        "validate_every": 10_000,
        "log_every": 100,
    },
}

UNET: dict[str, dict[str, Any]] = {
    "smoke": {
        "width": 16,
        "multipliers": (1, 2),
        "heads": 2,
        "head_width": 8,
        "unet_patch": 4,
        "stem": 3,
        "attention": "bottleneck",
    },
    "tiny": {
        "width": 32,
        "multipliers": (1, 2, 4),
        "head_width": 16,
        "unet_patch": 4,
        "stem": 3,
        "attention": "bottleneck",
    },
    "small": {
        "width": 64,
        "multipliers": (1, 2, 3, 4),
        "unet_patch": 2,
        "stem": 3,
        "attention": "bottleneck",
    },
    "paper": {},
}

SWINIR: dict[str, dict[str, Any]] = {
    "smoke": {
        "swin_width": 16,
        "swin_depths": (2,),
        "swin_heads": 2,
        "swin_window": 4,
        "swin_features": 8,
        "swin_residual": "1conv",
        "swin_skip": True,
    },
    "tiny": {
        "swin_width": 32,
        "swin_depths": (2, 2),
        "swin_heads": 4,
        "swin_window": 4,
        "swin_features": 16,
        "swin_residual": "1conv",
        "swin_skip": True,
    },
    "small": {
        "swin_width": 96,
        "swin_depths": (4, 4, 4, 4),
        "swin_heads": 6,
        "swin_features": 32,
        "swin_skip": True,
    },
    "paper": {},
}

EDSR: dict[str, dict[str, Any]] = {
    "smoke": {"features": 8, "blocks": 2, "residual_scale": 1.0, "edsr_skip": True},
    "tiny": {"features": 32, "blocks": 8, "residual_scale": 1.0, "edsr_skip": True},
    "small": {"features": 64, "blocks": 16, "residual_scale": 1.0, "edsr_skip": True},
    "paper": {},
}


def presets(network: Presets, **changes: Mapping[str, Any]) -> Presets:
    """What all share, the network's sizes, and changes by preset."""
    return {name: {**SHARED[name], **network[name], **changes.get(name, {})} for name in SHARED}
