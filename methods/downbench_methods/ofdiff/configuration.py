"""Parameters of OF-Diff and its presets."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import NonNegativeInt, PositiveFloat, PositiveInt, model_validator

from downbench_methods.diffusion.configuration import DiffusionConfig
from downbench_methods.diffusion.samplers import Solver
from downbench_methods.diffusion.schedule import Schedule
from downbench_methods.networks.frame import Widths
from downbench_methods.networks.swinir import Residual
from downbench_methods.training import TrainingConfig


class SwinIRConfig(TrainingConfig):
    """Parameters of the deterministic downscaler, which ``mean-noise`` shares."""

    swin_width: PositiveInt = 200
    swin_depths: Widths = (6,) * 7
    swin_heads: PositiveInt = 8
    swin_window: PositiveInt = 8
    swin_mlp_ratio: PositiveFloat = 2.0
    swin_features: PositiveInt = 64  # maps of the upsampler
    swin_residual: Residual = "3conv"
    swin_skip: bool = False  # whether interpolated rain is added to the output


class OFDiffConfig(SwinIRConfig, DiffusionConfig):
    """Parameters of OF-Diff; the defaults are the paper's sizes."""

    mean_network: Literal["swin-ir", "unet", "interpolation"] = "swin-ir"
    flow: bool = True  # whether the frame before is moved to the present
    order: NonNegativeInt = 2  # frames before that the flow is worked out from; 0 moves the prediction itself
    flow_channels: Literal[2, 3] = 2  # 3: scale-space flow
    diffusion: bool = True  # whether there is a residual; without, the moved frame is the answer
    told_fields: bool = True  # whether the denoiser is told the other coarse fields and topography
    told_maps: bool = True  # whether it is told the flow network's maps
    joint: bool = True  # whether networks learn from each other's terms of the loss, or from their own alone
    history: Literal["deterministic", "generated"] = "deterministic"
    time_heads: Literal[0] = 0  # past frames come in by the flow, not by attention over time
    schedule: Schedule = "sigmoid"
    noise_steps: PositiveInt = 1500
    solver: Solver = "ddim"
    loss_diffusion: float = 1.7
    loss_mean: float = 1.0
    loss_flow: float = 0.3

    @model_validator(mode="after")
    def _past_in_clip(self) -> Self:
        if self.clip <= self.order:
            raise ValueError(f"a clip of {self.clip} frames has no frame with {self.order} before it")
        if self.order == 0 and self.history == "generated":
            raise ValueError("without frames before (order 0) there is no generated history")
        return self


PRESETS: dict[str, dict[str, Any]] = {
    "smoke": {
        "train_steps": 4,
        "batch": 2,
        "patch": 32,
        "swin_width": 16,
        "swin_depths": (2,),
        "swin_heads": 2,
        "swin_window": 4,
        "swin_features": 8,
        "swin_residual": "1conv",
        "swin_skip": True,
        "width": 16,
        "multipliers": (1, 2),
        "heads": 2,
        "head_width": 8,
        "unet_patch": 4,
        "stem": 3,
        "attention": "bottleneck",
        "rain_scale": 1.0,
        "residual": "normal-scores",
        "wiener": True,
        "conserve": True,
        "schedule": "cosine",
        "noise_steps": 1000,
        "solver": "dpmpp",
        "steps": 3,
        "spacing": "logsnr",
        "warmup": 1,
        "log_every": 2,
        "checkpoint_every": 2,
        "validate_every": 4,
        "score_clips": 2,
        "score_members": 2,
        "score_steps": 3,
    },
    "tiny": {
        "train_steps": 1000,
        "batch": 8,
        "patch": 64,
        "lr": 1e-3,
        "swin_width": 32,
        "swin_depths": (2, 2),
        "swin_heads": 4,
        "swin_window": 4,
        "swin_features": 16,
        "swin_residual": "1conv",
        "swin_skip": True,
        "width": 32,
        "multipliers": (1, 2, 4),
        "heads": 4,
        "head_width": 16,
        "unet_patch": 4,
        "stem": 3,
        "attention": "bottleneck",
        "rain_scale": 1.0,
        "residual": "normal-scores",
        "wiener": True,
        "conserve": True,
        "schedule": "cosine",
        "noise_steps": 1000,
        "solver": "dpmpp",
        "steps": 6,
        "spacing": "logsnr",
        "noise_memory": "fitted",
        "score_clips": 64,
    },
    "small": {
        "train_steps": 20_000,
        "batch": 16,
        "patch": 128,
        "lr": 4e-4,
        "precision": "bf16-mixed",
        "ema": 0.999,
        "warmup": 500,
        "swin_width": 96,
        "swin_depths": (4, 4, 4, 4),
        "swin_heads": 6,
        "swin_features": 32,
        "swin_skip": True,
        "width": 64,
        "multipliers": (1, 2, 3, 4),
        "unet_patch": 2,
        "stem": 3,
        "attention": "bottleneck",
        "rain_scale": 1.0,
        "residual": "normal-scores",
        "wiener": True,
        "conserve": True,
        "schedule": "cosine",
        "noise_steps": 1000,
        "solver": "dpmpp",
        "steps": 16,
        "spacing": "logsnr",
        "noise_memory": "fitted",
        "score_clips": 64,
        "log_every": 100,
        "validate_every": 1000,
        "checkpoint_every": 1000,
    },
    "paper": {
        "train_steps": 700_000,
        "batch": 1,
        "patch": 384,
        "clip": 7,
        "lr": 1e-4,
        "lr_end": 5e-7,
        "warmup": 0,
        "checkpoint_every": 5000,
        "validate_every": 10_000,
        "log_every": 100,
    },
}
