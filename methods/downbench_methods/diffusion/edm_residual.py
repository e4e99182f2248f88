"""``edm-residual``: a residual over interpolated rain in the design of EDM, as in HiRO.

Preconditioning, log-normal noise levels, loss weights and Heun's solver of Karras et al. 2022 (arXiv
2206.00364, table 1), with a residual over interpolated coarse rain in place of a network's mean.
"""

from __future__ import annotations

from typing import ClassVar, Literal

import torch
from pydantic import PositiveFloat, PositiveInt
from torch import Tensor
from torch.nn import functional as F

from downbench import parameter
from downbench_methods.diffusion.condition import Condition, Maps
from downbench_methods.diffusion.configuration import DiffusionConfig
from downbench_methods.diffusion.method import DiffusionMethod
from downbench_methods.diffusion.model import DiffusionModel
from downbench_methods.diffusion.presets import PRESETS
from downbench_methods.diffusion.samplers import SIGMA_MAX, SIGMA_MIN, Solver, karras_levels
from downbench_methods.training.clips import Clips
from downbench_methods.training.losses import masked_mean
from downbench_methods.training.presets import Presets


def preconditioning(sigma: Tensor, sigma_data: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    """Factors c_skip, c_out and c_in of noise levels: D(x) = c_skip x + c_out F(c_in x)."""
    total = sigma.square() + sigma_data**2
    return sigma_data**2 / total, sigma * sigma_data * total.rsqrt(), total.rsqrt()


def loss_weight(sigma: Tensor, sigma_data: float = 1.0) -> Tensor:
    """Weight of the squared error of D, under which that of F counts alike at every level."""
    return (sigma.square() + sigma_data**2) / (sigma * sigma_data).square()


class EDMConfig(DiffusionConfig):
    """Parameters; the defaults of the noise are EDM's."""

    base: Literal["bilinear", "bicubic"] = parameter(
        "bicubic", "Interpolation that the residual is relative to; bicubic is torch's, with a = -0.75."
    )
    sigma_min: PositiveFloat = parameter(
        SIGMA_MIN, "Least amplitude of noise, in standard deviations of the residual."
    )
    sigma_max: PositiveFloat = parameter(
        SIGMA_MAX, "Greatest amplitude of noise, in standard deviations of the residual."
    )
    # EDM's -1.2 is for data of half the spread
    log_sigma_mean: float = parameter(-0.5, "Mean of the logarithm of the amplitudes in training.")
    log_sigma_std: PositiveFloat = parameter(1.2, "Standard deviation of that logarithm.")
    solver: Solver = parameter("heun", "Solver of sampling.")
    steps: PositiveInt = parameter(
        35, "Evaluations of the denoiser for one sample; 35 are 18 of Heun's steps."
    )


class EDMModel(DiffusionModel):
    """Denoiser with EDM's preconditioning, of a residual that is scaled to unit variance."""

    predicts = True
    learns = False
    unit_variance = True  # preconditioning and noise levels are for data of unit variance
    config: EDMConfig

    def predict(self, coarse: Tensor, fields: Tensor, frames: int) -> tuple[Tensor, Maps]:
        """Interpolated transformed rain."""
        if self.config.base == "bilinear":
            return fields[:, :1], ()
        rain = coarse[:, :1]
        return F.interpolate(rain, scale_factor=self.factor, mode="bicubic", align_corners=False), ()

    def estimate(self, x: Tensor, sigma: Tensor, condition: Condition, frames: int) -> Tensor:
        """D, the residual behind x = residual + sigma eps (N, 1, H, W), with levels (N,)."""
        skip, out, scale = preconditioning(sigma[:, None, None, None])
        # F is minus a velocity: with sigma_data = 1 EDM's preconditioning is v-prediction (see the tests)
        return skip * x - out * self.denoise(scale * x, -2 * sigma.log(), condition, frames)

    def clean(self, x: Tensor, logsnr: Tensor, condition: Condition, frames: int) -> Tensor:
        """The same for x = alpha residual + sigma eps, as solvers have it."""
        alpha = logsnr[:, None, None, None].sigmoid().sqrt()
        return self.estimate(x / alpha, torch.exp(-logsnr / 2), condition, frames)

    def training_levels(self, uniform: Tensor) -> Tensor:
        """Log-normal noise levels, evenly spread over their quantiles."""
        log_sigma = self.config.log_sigma_mean + self.config.log_sigma_std * torch.special.ndtri(
            uniform.clamp(1e-6, 1 - 1e-6)
        )
        return -2 * log_sigma

    def sampling_levels(self, steps: int) -> list[float]:
        """Karras levels: Heun's method takes its own between their ends."""
        return karras_levels(steps, self.config.sigma_max, self.config.sigma_min)

    def loss_at(
        self, target: Tensor, noise: Tensor, logsnr: Tensor, condition: Condition, weight: Tensor, frames: int
    ) -> Tensor:
        """EDM's weighted squared error of D."""
        sigma = torch.exp(-logsnr / 2)
        level = sigma[:, None, None, None]
        estimate = self.estimate(target + level * noise, sigma, condition, frames)
        return masked_mean(loss_weight(level) * (estimate - target).square(), weight)


# EDM's range of levels takes 35 evaluations: with 15, samples of a normal field spread 20 to 50 % too far
SHORT = {"solver": "heun", "steps": 15, "sigma_min": 0.05, "sigma_max": 10.0}
RESIDUAL = {"residual": "normal-scores", "spread": "fitted"}


class EDMResidual(DiffusionMethod[EDMConfig]):
    """EDM over interpolated rain."""

    Config = EDMConfig
    coarse_share = 0.0
    Model = EDMModel
    presets: ClassVar[Presets] = {
        "smoke": {**PRESETS["smoke"], **SHORT, "steps": 3, **RESIDUAL},
        "tiny": {**PRESETS["tiny"], **SHORT, **RESIDUAL, "train_steps": 1370},
        "small": {**PRESETS["small"], "solver": "heun", "steps": 35, **RESIDUAL},
        "paper": {**PRESETS["paper"], "solver": "heun", "steps": 35},
    }

    def residual_memory(self, clips: Clips) -> None:
        """None: the memory of noise is matched to that of rain in samples, as for rain itself.

        Interpolated rain leaves much that the denoiser knows without any noise, and that lasts longer than
        what it does not know: the residual's memory is not that of the noise.
        """
