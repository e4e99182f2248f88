"""``ofdiff-fast``: OF-Diff in one or two evaluations of its denoiser, by consistency tuning within its fit.

Easy consistency tuning (Geng et al. 2024, arXiv 2406.14548): the clean field that the denoiser makes out
at one noise level is to equal the one that it makes out at a lower level of the same noise. Where the lower
level is no noise at all, this is diffusion training itself, and so training begins; then the two levels come
closer, halving by halving, until noise becomes rain in one step (Song et al. 2023, arXiv 2303.01469).
"""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
import torch
from pydantic import Field, PositiveInt
from torch import Tensor

from downbench import parameter
from downbench_methods.diffusion.condition import Condition
from downbench_methods.diffusion.samplers import Solver
from downbench_methods.diffusion.schedule import NOISIEST, alpha_sigma
from downbench_methods.ofdiff.configuration import OFDiffConfig
from downbench_methods.ofdiff.method import OFDiff
from downbench_methods.ofdiff.model import OFDiffModel
from downbench_methods.training.clips import Clips
from downbench_methods.training.losses import masked_mean
from downbench_methods.training.presets import merge

AGAIN = 0.0  # log signal-to-noise ratio of the last evaluation, where there are several


class OFDiffFastConfig(OFDiffConfig):
    """Parameters of OF-Diff and of consistency tuning."""

    diffusion_share: Annotated[float, Field(ge=0, le=1)] = parameter(
        0.5, "Share of all steps that train diffusion, before consistency is tuned."
    )
    halvings: PositiveInt = parameter(
        4, "How often the way between the two noise levels is halved in the rest of the steps."
    )
    solver: Solver = parameter("ddim", "Solver of sampling.")
    steps: PositiveInt = parameter(2, "Evaluations of the denoiser for one sample.")
    score_steps: PositiveInt = parameter(2, "Evaluations for the choice of a checkpoint.")


class OFDiffFastModel(OFDiffModel):
    """OF-Diff whose denoiser is to agree with itself; ``span`` is the way to the lower noise level."""

    config: OFDiffFastConfig
    span: Tensor

    def __init__(self, config: OFDiffFastConfig, channels: int, factor: int, relief: int | None) -> None:
        super().__init__(config, channels, factor, relief)
        self.register_buffer("span", torch.ones(()))  # as a share of the noise's amplitude over the signal's

    def sampling_levels(self, steps: int) -> list[float]:
        """From noise alone to as much noise as signal."""
        return [float(level) for level in np.linspace(NOISIEST, AGAIN, steps)] if steps > 1 else [NOISIEST]

    def loss_at(
        self, target: Tensor, noise: Tensor, logsnr: Tensor, condition: Condition, weight: Tensor, frames: int
    ) -> Tensor:
        """Weighted squared error of the velocity, whose goal is the field made out at the lower level."""
        alpha, sigma = alpha_sigma(logsnr)
        estimate = self.clean(alpha * target + sigma * noise, logsnr, condition, frames)
        goal, span = target, float(self.span)
        if span < 1:
            lower = logsnr - 2 * math.log1p(-span)
            alpha_lower, sigma_lower = alpha_sigma(lower)
            with torch.no_grad():
                goal = self.clean(alpha_lower * target + sigma_lower * noise, lower, condition, frames)
        # Both fields differ in proportion to the span; an error of the field is sigma times one of velocity.
        return masked_mean(((estimate - goal) / sigma).square(), weight) / span


class OFDiffFast(OFDiff):
    """OF-Diff, tuned to need one or two evaluations."""

    Config = OFDiffFastConfig
    Model = OFDiffFastModel
    presets = merge(
        OFDiff.presets,
        smoke={"solver": "ddim", "steps": 2, "score_steps": 2},
        tiny={"solver": "ddim", "steps": 1, "score_steps": 1, "train_steps": 810, "mean_rate": 10.2},
        small={"solver": "ddim", "steps": 2, "score_steps": 2},
        paper={"steps": 2, "score_steps": 2},
    )

    def before_step(self, clips: Clips, step: int) -> None:
        """Bring the two noise levels closer."""
        super().before_step(clips, step)
        assert isinstance(self.module, OFDiffFastModel)
        self.module.span.fill_(span_at(step, self.settings.train_steps, self.module.config))


def span_at(step: int, steps: int, config: OFDiffFastConfig) -> float:
    """Way between the two noise levels at a step, as a share of the higher one: 1, then 1/2, 1/4 ..."""
    progress = (step / steps - config.diffusion_share) / max(1 - config.diffusion_share, 1e-9)
    return 1.0 if progress < 0 else 0.5 ** (1 + min(int(progress * config.halvings), config.halvings - 1))
