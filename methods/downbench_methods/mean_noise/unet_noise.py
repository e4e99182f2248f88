"""Control ``unet-noise``: ``mean-noise`` over a U-Net, the network that ``ofdiff-unet-mean`` rests on."""

from __future__ import annotations

from downbench_methods.fields.finishing import FINISHING
from downbench_methods.fields.transform import Transform
from downbench_methods.mean_noise.method import MeanModel, NoiseConfig, NoiseOverMean
from downbench_methods.networks.build import UNetConfig
from downbench_methods.networks.mean import MeanUNet
from downbench_methods.training.presets import TRAINING, UNET, common, merge


class UNetNoiseConfig(UNetConfig, NoiseConfig):
    """Parameters of ``unet-noise``."""


class UNetNoise(NoiseOverMean[UNetNoiseConfig]):
    """Deterministic U-Net plus white noise with the residual's quantiles."""

    Config = UNetNoiseConfig
    coarse_share = 0.0
    presets = merge(
        common(merge(TRAINING, UNET, FINISHING), UNetNoiseConfig.model_fields),
        smoke={"score_clips": 32},
        tiny={"train_steps": 4200, "batch": 8, "clip": 1},
        small={"batch": 16},
        paper={"batch": 1, "clip": 7},
    )

    @classmethod
    def module_for(cls, config: UNetNoiseConfig, transform: Transform, factor: int) -> MeanModel:
        """Make the network."""
        return MeanModel("unet", MeanUNet(config, transform.channels, factor))
