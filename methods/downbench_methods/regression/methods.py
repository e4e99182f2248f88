"""Deterministic networks: ``unet``, ``swin-ir`` and ``edsr``, with one loss, training and sampling."""

from __future__ import annotations

from abc import abstractmethod
from typing import TypeVar

from torch import Tensor

from downbench_methods.base.frame_by_frame import FrameMethod, FrameModel
from downbench_methods.fields.transform import Transform
from downbench_methods.networks.build import build_edsr, build_swinir
from downbench_methods.networks.frame import CoarseNetwork, FrameNetwork, FrameUNet
from downbench_methods.regression.configuration import (
    EDSRRegressionConfig,
    RegressionConfig,
    SwinIRRegressionConfig,
    UNetRegressionConfig,
)
from downbench_methods.regression.losses import error_loss
from downbench_methods.training.presets import EDSR, FRAMES, SWINIR, UNET, merge


class RegressionModel(FrameModel):
    """A network and the loss that makes it predict a mean or a quantile of transformed rain."""

    def __init__(self, network: FrameNetwork, config: RegressionConfig) -> None:
        super().__init__(network)
        self.config = config

    def forward(self, batch: dict[str, Tensor], seed: int) -> dict[str, Tensor]:
        """Loss of every frame of clips.

        Args:
            batch: coarse (B, T, C, h, w), relief (B, 0 or 1, H, W), fine and valid (B, T, H, W).
            seed: not used.
        """
        fine, valid = batch["fine"].flatten(0, 1), batch["valid"].flatten(0, 1)
        return {"loss": error_loss(self.config, self.members(batch, 1)[0], fine, valid)}


Regressed = TypeVar("Regressed", bound=RegressionConfig)


class Regression(FrameMethod[Regressed, RegressionModel]):
    """A deterministic network."""

    @classmethod
    @abstractmethod
    def network(cls, config: Regressed, transform: Transform, factor: int) -> FrameNetwork:
        """Make the untrained network."""

    @classmethod
    def module_for(cls, config: Regressed, transform: Transform, factor: int) -> RegressionModel:
        """Make the untrained module."""
        return RegressionModel(cls.network(config, transform, factor), config)


class UNet(Regression[UNetRegressionConfig]):
    """OF-Diff's U-Net (arXiv 2312.06071): interpolated coarse fields to what is to be added to the rain."""

    Config = UNetRegressionConfig
    coarse_share = 0.0
    presets = merge(FRAMES, UNET, tiny={"train_steps": 2290})

    @classmethod
    def network(cls, config: UNetRegressionConfig, transform: Transform, factor: int) -> FrameNetwork:
        """Make the untrained network."""
        return FrameUNet(config, transform.channels, factor, transform.relief_channel)


class SwinIR(Regression[SwinIRRegressionConfig]):
    """The Swin-IR of OF-Diff (Liang et al. 2021, arXiv 2108.10257)."""

    Config = SwinIRRegressionConfig
    presets = merge(FRAMES, SWINIR, tiny={"train_steps": 5500})

    @classmethod
    def network(cls, config: SwinIRRegressionConfig, transform: Transform, factor: int) -> FrameNetwork:
        """Make the untrained network."""
        return CoarseNetwork(build_swinir(config, transform.channels, factor))


class EDSRMethod(Regression[EDSRRegressionConfig]):
    """EDSR (Lim et al. 2017, arXiv 1707.02921)."""

    Config = EDSRRegressionConfig
    presets = merge(FRAMES, EDSR, tiny={"train_steps": 2950})

    @classmethod
    def network(cls, config: EDSRRegressionConfig, transform: Transform, factor: int) -> FrameNetwork:
        """Make the untrained network."""
        return CoarseNetwork(build_edsr(config, transform.channels, factor))
