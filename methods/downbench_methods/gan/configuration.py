"""Parameters of the GANs and their presets."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt

from downbench import Config
from downbench_methods.base.frame_by_frame import FrameConfig
from downbench_methods.fields.calibration import CalibrationConfig
from downbench_methods.networks.frame import UNetConfig
from downbench_methods.regression.configuration import EDSR_SIZES, REGRESSION, EDSRSizes
from downbench_methods.training.presets import CALIBRATION, UNET, merge


class CriticConfig(Config):
    """Parameters of the critic and of its part in training."""

    critic_width: PositiveInt = 512
    critic_patch: PositiveInt = 1  # space-to-depth in front of it
    critic_steps: PositiveInt = 1  # steps of the critic for one of the generator; both are training steps
    adversarial: NonNegativeFloat = 0.1  # weight of the critic's judgement in the generator's loss
    content_only: Annotated[float, Field(ge=0, le=1)] = 0.0  # share of all steps before it counts


class WassersteinConfig(CriticConfig):
    """Parameters of an ensemble's training against a critic."""

    members: Annotated[int, Field(ge=2)] = 4  # of the ensemble that a step of the generator scores
    content: NonNegativeFloat = 1.0  # weight of the ensemble's CRPS in the generator's loss
    scales: tuple[PositiveInt, ...] = (1, 2, 4, 8)  # fine cells a side of blocks whose means it scores
    energy_block: PositiveInt = 8  # fine cells a side that the energy score beside it takes as one vector
    penalty: NonNegativeFloat = 10.0  # weight of the gradient penalty
    critic_steps: PositiveInt = 5


class WGANConfig(UNetConfig, CalibrationConfig, FrameConfig, WassersteinConfig):
    """Parameters of ``wgan-gp``."""

    generator: Literal["residual", "unet"] = "residual"
    residual_width: PositiveInt = 128  # of the generator "residual"
    noise_maps: PositiveInt = 4  # on the coarse grid ("residual") or the fine grid ("unet")


class SRGANConfig(EDSRSizes, FrameConfig, CriticConfig):
    """Parameters of ``srgan``; the generator's defaults are SRGAN's sizes."""

    features: PositiveInt = 64
    blocks: PositiveInt = 16
    residual_scale: PositiveFloat = 1.0
    critic_width: PositiveInt = 64
    adversarial: NonNegativeFloat = 0.05
    content_only: Annotated[float, Field(ge=0, le=1)] = 0.5


WGAN = merge(
    REGRESSION,
    CALIBRATION,
    UNET,
    smoke={
        "generator": "unet",
        "noise_maps": 1,
        "members": 2,
        "critic_width": 8,
        "critic_patch": 4,
        "critic_steps": 1,
    },
    tiny={
        "generator": "unet",
        "noise_maps": 1,
        "train_steps": 2000,
        "batch": 8,
        "lr": 1e-3,
        "ema": 0.99,
        "critic_width": 32,
        "critic_patch": 4,
        "critic_steps": 2,
        "content_only": 0.3,
        "score_clips": 48,
    },
    small={
        "generator": "unet",
        "noise_maps": 1,
        "train_steps": 40_000,
        "batch": 16,
        "lr": 2e-4,
        "warmup": 2000,
        "critic_width": 128,
        "critic_patch": 2,
        "critic_steps": 2,
        "content_only": 0.3,
    },
    paper={"batch": 2, "patch": 128, "lr": 1e-5, "lr_end": 1e-5, "adam": (0.5, 0.9), "members": 8},
)

SRGAN = merge(
    REGRESSION,
    EDSR_SIZES,
    smoke={"critic_width": 8, "critic_patch": 4},
    tiny={"train_steps": 1900, "lr": 5e-4, "critic_width": 32, "critic_patch": 4},
    small={"train_steps": 40_000, "critic_width": 64, "critic_patch": 2},
    paper={"batch": 16, "patch": 96, "lr": 1e-4, "lr_end": 1e-5, "adam": (0.9, 0.999)},
)
