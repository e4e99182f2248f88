"""Parameters of the GANs and their presets."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt

from downbench import Config, parameter
from downbench_methods.base.frame_by_frame import FrameConfig
from downbench_methods.fields.finishing import FINISHING
from downbench_methods.networks.build import EDSRSizes, UNetConfig
from downbench_methods.training.presets import EDSR, FRAMES, UNET, merge

Share = Annotated[float, Field(ge=0, le=1)]


class CriticConfig(Config):
    """Parameters of the critic and of its part in training."""

    critic_width: PositiveInt = parameter(512, "Maps of the critic.")
    critic_patch: PositiveInt = parameter(1, "Space-to-depth in front of the critic.", "fine cells")
    critic_steps: PositiveInt = parameter(
        1, "Steps of the critic for one of the generator; both are training steps."
    )
    adversarial: NonNegativeFloat = parameter(
        0.1, "Weight of the critic's judgement in the generator's loss."
    )
    content_only: Share = parameter(0.0, "Share of all steps before the critic's judgement counts.")


class WassersteinConfig(CriticConfig):
    """Parameters of an ensemble's training against a critic."""

    members: Annotated[int, Field(ge=2)] = parameter(
        4, "Members of the ensemble that a step of the generator scores."
    )
    content: NonNegativeFloat = parameter(
        1.0, "Weight of the ensemble's CRPS and energy score in the generator's loss."
    )
    scales: tuple[PositiveInt, ...] = parameter(
        (1, 2, 4, 8), "Sides of the blocks whose means the CRPS scores.", "fine cells"
    )
    energy_block: PositiveInt = parameter(
        8, "Side of the blocks that the energy score takes as one vector.", "fine cells"
    )
    penalty: NonNegativeFloat = parameter(10.0, "Weight of the gradient penalty.")
    critic_steps: PositiveInt = parameter(
        5, "Steps of the critic for one of the generator; both are training steps."
    )


class WGANConfig(UNetConfig, FrameConfig, WassersteinConfig):
    """Parameters of ``wgan-gp``."""

    generator: Literal["residual", "unet"] = parameter("residual", "Which network the generator is.")
    residual_width: PositiveInt = parameter(128, "Maps of the generator called residual.")
    noise_maps: PositiveInt = parameter(
        4, "Maps of noise, on the coarse grid (residual) or the fine one (unet)."
    )


class SRGANConfig(EDSRSizes, FrameConfig, CriticConfig):
    """Parameters of ``srgan``; the generator's defaults are SRGAN's sizes."""

    features: PositiveInt = parameter(64, "EDSR: maps of its blocks.")
    blocks: PositiveInt = parameter(16, "EDSR: residual blocks.")
    residual_scale: PositiveFloat = parameter(1.0, "EDSR: factor of what a block adds.")
    critic_width: PositiveInt = parameter(64, "Maps of the critic.")
    adversarial: NonNegativeFloat = parameter(
        0.05, "Weight of the critic's judgement in the generator's loss."
    )
    content_only: Share = parameter(0.5, "Share of all steps before the critic's judgement counts.")


WGAN = merge(
    FRAMES,
    FINISHING,
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
        "train_steps": 2500,
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
    FRAMES,
    EDSR,
    smoke={"critic_width": 8, "critic_patch": 4},
    tiny={"train_steps": 3200, "lr": 5e-4, "critic_width": 32, "critic_patch": 4},
    small={"train_steps": 40_000, "critic_width": 64, "critic_patch": 2},
    paper={"batch": 16, "patch": 96, "lr": 1e-4, "lr_end": 1e-5, "adam": (0.9, 0.999)},
)
