"""Parameters of OF-Diff and its presets."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import NonNegativeInt, PositiveFloat, PositiveInt, model_validator

from downbench_methods.diffusion.configuration import DiffusionConfig
from downbench_methods.diffusion.presets import SHARED
from downbench_methods.diffusion.samplers import Solver
from downbench_methods.diffusion.schedule import Schedule
from downbench_methods.networks.frame import Widths
from downbench_methods.networks.swinir import Residual
from downbench_methods.training.loop import TrainingConfig
from downbench_methods.training.presets import SWINIR, merge


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
    # whether noise with a fitted memory moves with the flow, where the residual of training data moves more
    # than it stays; with a deterministic history
    noise_moves: bool = False
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


PRESETS = merge(
    SHARED,
    SWINIR,
    smoke={"residual": "normal-scores"},
    tiny={
        "train_steps": 1000,
        "batch": 8,
        "residual": "normal-scores",
        "steps": 6,
        "noise_memory": "fitted",
        "noise_moves": True,
        "score_clips": 64,
    },
    small={"batch": 16, "residual": "normal-scores", "noise_memory": "fitted", "noise_moves": True},
    paper={"batch": 1, "clip": 7},
)
