"""OF-Diff as a method of the suite."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from torch import nn

from downbench import Config as _Config
from downbench_methods.diffusion.method import DiffusionMethod
from downbench_methods.diffusion.tiles import TileSampler
from downbench_methods.ofdiff.configuration import PRESETS, OFDiffConfig
from downbench_methods.ofdiff.model import OFDiffModel
from downbench_methods.ofdiff.sampling import Rollout


class OFDiff(DiffusionMethod):
    """Optical-flow diffusion: warp the frame before, add a diffused residual (arXiv 2312.06071v1)."""

    Config: ClassVar[type[_Config]] = OFDiffConfig
    Model: ClassVar[type[nn.Module]] = OFDiffModel
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = PRESETS

    def members(self, wanted: int) -> int:
        """One member without diffusion."""
        return wanted if self.config.diffusion else 1

    @property
    def sampler(self) -> type[TileSampler]:
        """Frames one by one where each follows from the samples before it."""
        return Rollout if self.config.history == "generated" else TileSampler

    @classmethod
    def parameters(cls, config: _Config, predictors: int) -> Mapping[str, int]:
        """Number of parameters by network, for so many coarse channels (topography included)."""
        assert isinstance(config, OFDiffConfig)
        name = {"swin-ir": "swinir"}.get(config.mean_network, config.mean_network)
        counts = super().parameters(config, predictors)
        return {name if network == "downscaler" else network: count for network, count in counts.items()}
