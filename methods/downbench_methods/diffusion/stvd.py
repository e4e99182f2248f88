"""``stvd``: the later version of OF-Diff, without flow (Srivastava et al. 2024, arXiv 2312.06071v3).

A space-time U-Net predicts the mean of a clip from interpolated coarse fields; a second one, which is told
the mean and the first one's maps, denoises what is left. One loss, end to end.
"""

from __future__ import annotations

from typing import Any, ClassVar

from torch import Tensor

from downbench import parameter
from downbench_methods.diffusion.condition import Condition, Maps
from downbench_methods.diffusion.configuration import DiffusionConfig
from downbench_methods.diffusion.method import DiffusionMethod
from downbench_methods.diffusion.model import DiffusionModel, Losses
from downbench_methods.diffusion.video_diffusion import VideoDiffusion
from downbench_methods.training.losses import masked_mse
from downbench_methods.training.presets import Presets


class STVDConfig(DiffusionConfig):
    """Parameters of both networks; the defaults are the paper's sizes."""

    loss_mean: float = parameter(
        0.0, "Weight of the mean's squared error; the paper has the diffusion's loss alone."
    )
    mean_skip: bool = parameter(False, "Whether interpolated rain is added to the mean.")


class STVDModel(DiffusionModel):
    """Mean and denoiser of clips."""

    predicts = True
    config: STVDConfig

    def build(self, channels: int) -> None:
        """Make the networks, for so many coarse channels."""
        self.denoiser = self.build_denoiser(channels + 1, conditioned=True)
        self.mean = self.unet(channels, 1)

    def unet(self, channels: int, out: int, **kwargs: Any) -> Any:
        """A U-Net whose maps of the bottleneck are handed over, and taken, too."""
        return super().unet(channels, out, middle_maps=True, **kwargs)

    def predict(self, coarse: Tensor, fields: Tensor, frames: int) -> tuple[Tensor, Maps]:
        """Mean of transformed rain, and 14 maps (at the paper's six levels)."""
        mean, maps = self.mean(fields, frames=frames)
        return mean + fields[:, :1] if self.config.mean_skip else mean, tuple(maps)

    def total(self, diffusion: Tensor, condition: Condition, rain: Tensor, valid: Tensor) -> Losses:
        """The diffusion's loss, and the mean's where it has a weight."""
        mean = masked_mse(condition.reference, rain, valid)
        return {"loss": diffusion + self.config.loss_mean * mean, "diffusion": diffusion, "mean": mean}


# for short training, as OF-Diff's small presets have it
HELP = {"residual": "normal-scores", "spread": "fitted", "loss_mean": 0.6, "mean_skip": True}


class STVD(DiffusionMethod[STVDConfig]):
    """Spatio-temporal video diffusion."""

    Config = STVDConfig
    coarse_share = 0.0
    Model = STVDModel
    presets: ClassVar[Presets] = {
        "smoke": {**VideoDiffusion.presets["smoke"], **HELP},
        "tiny": {**VideoDiffusion.presets["tiny"], **HELP, "train_steps": 640, "batch": 3},
        "small": {**VideoDiffusion.presets["small"], **HELP},
        "paper": {
            **VideoDiffusion.presets["paper"],
            "train_steps": 1_000_000,
            "noise_steps": 1400,
            "steps": 30,
        },
    }
