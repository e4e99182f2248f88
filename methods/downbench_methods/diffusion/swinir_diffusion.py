"""``swin-ir-diffusion``: OF-Diff's own sibling without flow, a residual over Swin-IR frame by frame.

Mean and residual as in CorrDiff (Mardani et al. 2023, arXiv 2309.15214), which trains the two in two stages;
here both are trained at once, as OF-Diff's networks are, with its sizes, options and presets. What is missing
beside OF-Diff is the flow network: the warped frame and the maps that the denoiser is told.
"""

from __future__ import annotations

from torch import Tensor, nn

from downbench_methods.diffusion.condition import Condition, Maps
from downbench_methods.diffusion.configuration import OverPredictionConfig
from downbench_methods.diffusion.method import DiffusionMethod
from downbench_methods.diffusion.model import DiffusionModel, Losses
from downbench_methods.diffusion.presets import OVER_SWINIR
from downbench_methods.networks.build import build_swinir
from downbench_methods.training.losses import masked_mse
from downbench_methods.training.presets import merge


class SwinIRDiffusionConfig(OverPredictionConfig):
    """Parameters of both networks; the defaults are the paper's sizes."""


class SwinIRDiffusionModel(DiffusionModel):
    """Swin-IR, and the denoiser of what it leaves."""

    predicts = True
    config: SwinIRDiffusionConfig

    def build(self, channels: int) -> None:
        """Make the networks, for so many coarse channels."""
        super().build(channels)
        self.swinir = build_swinir(self.config, channels, self.factor)

    @property
    def prediction_network(self) -> nn.Module:
        """Swin-IR."""
        return self.swinir

    def predict(self, coarse: Tensor, fields: Tensor, frames: int) -> tuple[Tensor, Maps]:
        """Swin-IR's prediction of transformed rain."""
        return self.swinir(coarse), ()

    def total(self, diffusion: Tensor, condition: Condition, rain: Tensor, valid: Tensor) -> Losses:
        """OF-Diff's loss without the flow's term."""
        mean = masked_mse(condition.reference, rain, valid)
        loss = self.config.loss_diffusion * diffusion + self.config.loss_mean * mean
        return {"loss": loss, "diffusion": diffusion, "mean": mean}


class SwinIRDiffusion(DiffusionMethod[SwinIRDiffusionConfig]):
    """Residual diffusion over Swin-IR."""

    Config = SwinIRDiffusionConfig
    Model = SwinIRDiffusionModel
    presets = merge(
        OVER_SWINIR,
        smoke={"clip": 1, "batch": 4},
        tiny={"clip": 1, "train_steps": 1190, "mean_rate": 7},
        small={"clip": 1, "batch": 32},
        paper={"clip": 1, "batch": 5},
    )
