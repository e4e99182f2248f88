"""``flow-matching``: rectified flow of the residual over Swin-IR, the twin of ``swin-ir-diffusion``.

Flow matching (Lipman et al. 2023, arXiv 2210.02747) on straight paths, which is rectified flow (Liu et al.
2022, arXiv 2209.03003): ``z_t = (1 - t) r + t eps`` from residual to noise, and a network that predicts the
path's velocity ``u = eps - r``. Times in training are logit-normal (Esser et al. 2024, arXiv 2403.03206).

``z_t`` over its amplitude ``sqrt((1 - t)^2 + t^2)`` is the noisy residual that all diffusion models here see,
at ``logsnr = 2 log((1 - t) / t)``, and the two velocities of one such field differ by what is known and a
factor: ``u = (sigma - alpha) x + (alpha + sigma) v``. So network, conditions and solvers are those of
``swin-ir-diffusion``, DDIM is Euler's method on ``u``, and what differs are the loss, the levels of training
and the levels of sampling.
"""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import PositiveFloat
from torch import Tensor

from downbench import parameter
from downbench_methods.diffusion.condition import Condition
from downbench_methods.diffusion.presets import OVER_SWINIR
from downbench_methods.diffusion.samplers import Solver
from downbench_methods.diffusion.schedule import alpha_sigma, velocity
from downbench_methods.diffusion.swinir_diffusion import (
    SwinIRDiffusion,
    SwinIRDiffusionConfig,
    SwinIRDiffusionModel,
)
from downbench_methods.training.losses import masked_mean
from downbench_methods.training.presets import merge

EARLIEST = 1e-3  # share of the path that is left out at its noisy end, where the level has no logarithm


class FlowMatchingConfig(SwinIRDiffusionConfig):
    """Parameters of ``flow-matching``; schedule, noise_steps and spacing have no meaning here."""

    times: Literal["logit-normal", "uniform"] = parameter(
        "logit-normal", "How times on the path are drawn in training."
    )
    times_std: PositiveFloat = parameter(1.0, "Standard deviation of the logit of logit-normal times.")
    solver: Solver = parameter("ddim", "Solver of sampling; ddim is Euler's method of the straight path.")


class FlowMatchingModel(SwinIRDiffusionModel):
    """Swin-IR, and the velocity of straight paths between what it leaves and noise."""

    config: FlowMatchingConfig

    def training_levels(self, uniform: Tensor) -> Tensor:
        """Log signal-to-noise ratios of times, from numbers in 0 to 1."""
        inside = uniform.clamp(EARLIEST / 2, 1 - EARLIEST / 2)
        if self.config.times == "uniform":
            return -2 * torch.logit(inside)
        return -2 * self.config.times_std * torch.special.ndtri(inside)

    def sampling_levels(self, steps: int) -> list[float]:
        """Log signal-to-noise ratios at times that are evenly spread, from the noisy end."""
        return [level_of_time(min(1 - k / steps, 1 - EARLIEST)) for k in range(steps)]

    def loss_at(
        self, target: Tensor, noise: Tensor, logsnr: Tensor, condition: Condition, weight: Tensor, frames: int
    ) -> Tensor:
        """Weighted squared error of the straight path's velocity ``u``."""
        alpha, sigma = alpha_sigma(logsnr)
        predicted = self.denoise(alpha * target + sigma * noise, logsnr, condition, frames)
        error = (alpha + sigma) * (predicted - velocity(target, noise, logsnr))
        return masked_mean(error.square(), weight)


def level_of_time(t: float) -> float:
    """Log signal-to-noise ratio of the straight path at time t, 0 < t < 1; 1 is noise alone."""
    return float(-2 * torch.logit(torch.tensor(t, dtype=torch.float64)))


class FlowMatching(SwinIRDiffusion):
    """Rectified flow over Swin-IR."""

    Config = FlowMatchingConfig
    Model = FlowMatchingModel
    presets = merge(
        OVER_SWINIR,
        smoke={"clip": 1, "batch": 4, "solver": "ddim"},
        tiny={"clip": 1, "train_steps": 1080, "mean_rate": 7.7, "solver": "ddim"},
        small={"clip": 1, "batch": 32, "solver": "ddim"},
        paper={"clip": 1, "batch": 5},
    )
