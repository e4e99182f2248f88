"""Parameters of OF-Diff and its presets."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt, model_validator

from downbench_methods.diffusion.samplers import Solver
from downbench_methods.diffusion.schedule import Schedule, Spacing
from downbench_methods.networks.swinir import Residual
from downbench_methods.noise_in_time import Memory
from downbench_methods.training import TrainingConfig

Widths = Annotated[tuple[PositiveInt, ...], Field(min_length=1)]


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


class OFDiffConfig(SwinIRConfig):
    """Parameters of OF-Diff; the defaults are the paper's sizes."""

    width: PositiveInt = 64  # of the first level of both U-Nets
    multipliers: Widths = (1, 1, 2, 2, 3, 4)
    heads: PositiveInt = 4
    head_width: PositiveInt = 32
    attention: Literal["all", "bottleneck"] = "all"
    unet_patch: PositiveInt = 1  # space-to-depth in front of both U-Nets
    stem: PositiveInt = 7  # kernel of their first convolution
    mean_network: Literal["swin-ir", "unet", "interpolation"] = "swin-ir"
    flow: bool = True  # whether the frame before is moved to the present
    order: NonNegativeInt = 2  # frames before that the flow is worked out from; 0 moves the prediction itself
    flow_channels: Literal[2, 3] = 2  # 3: scale-space flow
    diffusion: bool = True  # whether there is a residual; without, the moved frame is the answer
    told_fields: bool = True  # whether the denoiser is told the other coarse fields and topography
    told_maps: bool = True  # whether it is told the flow network's maps
    joint: bool = True  # whether networks learn from each other's terms of the loss, or from their own alone
    history: Literal["deterministic", "generated"] = "deterministic"
    residual: Literal["additive", "normal-scores"] = "additive"  # how rain is compared with the prediction
    wiener: bool = False  # whether the denoiser's output is added to a locally adaptive Wiener filter's
    draws: PositiveInt = 1  # noise levels that one conditioning is trained with in one step
    schedule: Schedule = "sigmoid"
    noise_steps: PositiveInt = 1500
    schedule_shift: float = 0.0  # added to the log signal-to-noise ratio
    loss_diffusion: float = 1.7
    loss_mean: float = 1.0
    loss_flow: float = 0.3
    solver: Solver = "ddim"
    steps: PositiveInt = 20  # evaluations of the denoiser for one sample
    spacing: Spacing = "time"  # how their noise levels are spread
    noise_memory: Memory = 0.0  # e-folding time of the noise in hours, or "shared" by all frames
    clip_residual: bool = True  # keep the predicted field between dry and somewhat above the training maximum
    conserve: bool = False  # whether samples are scaled to give the coarse rain back
    score_clips: PositiveInt = 16  # validation clips for the choice of a checkpoint
    score_members: PositiveInt = 4
    score_steps: PositiveInt = 8  # of the solver for that choice
    batch_pixels: PositiveInt = 2**18  # fine pixels in one batch of samples
    window: PositiveInt = 1024  # fine cells a side above which a tile is sampled in overlapping windows

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
