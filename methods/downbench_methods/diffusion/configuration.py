"""Parameters that all diffusion methods share, OF-Diff among them."""

from __future__ import annotations

from typing import Literal

from pydantic import NonNegativeInt, PositiveInt

from downbench_methods.diffusion.samplers import Solver
from downbench_methods.diffusion.schedule import Schedule, Spacing
from downbench_methods.fields.calibration import CalibrationConfig
from downbench_methods.fields.noise_in_time import Memory
from downbench_methods.networks.frame import UNetConfig
from downbench_methods.training.loop import TrainingConfig


class DiffusionConfig(UNetConfig, CalibrationConfig, TrainingConfig):
    """Denoiser (a U-Net), noise, training and sampling."""

    time_heads: NonNegativeInt = 0  # of attention over time; 0 works frame by frame
    overlap: NonNegativeInt = 0  # frames that clips share in sampling, with attention over time
    residual: Literal["additive", "normal-scores"] = "additive"  # how rain is compared with a prediction
    wiener: bool = False  # whether the denoiser's output is added to a locally adaptive Wiener filter's
    draws: PositiveInt = 1  # noise levels that one example is trained with in one step
    schedule: Schedule = "cosine"
    noise_steps: PositiveInt = 1000
    schedule_shift: float = 0.0  # added to the log signal-to-noise ratio
    solver: Solver = "dpmpp"
    steps: PositiveInt = 20  # evaluations of the denoiser for one sample
    spacing: Spacing = "time"  # how their noise levels are spread
    # e-folding time of the noise in hours, "shared" by all frames, or "fitted" to the residual of training
    # data; for models without attention over time
    noise_memory: Memory = 0.0
    clip_residual: bool = True  # keep the predicted field between dry and somewhat above the training maximum
    conserve: bool = False  # whether samples are scaled to give the coarse rain back
    score_clips: PositiveInt = 16  # validation clips for the choice of a checkpoint
    score_members: PositiveInt = 4
    score_steps: PositiveInt = 8  # evaluations for that choice, by DPM-Solver++
    batch_pixels: PositiveInt = 2**18  # fine pixels in one batch of samples
    window: PositiveInt = 1024  # fine cells a side above which a tile is sampled in overlapping windows
