"""OF-Diff that is told the frames before as they stand: the same past and networks, without a flow."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from downbench_methods.ofdiff.ablations import Ablation
from downbench_methods.ofdiff.model import TOLD, OFDiffModel
from downbench_methods.ofdiff.past import Past


class StillPast(Past):
    """The network on the coarse grid, which has to find by itself what moves."""

    def motions(self, coarse: Tensor) -> list[Tensor]:
        """No motion, in the form that motion has: (N, 2, h, w) for each frame before."""
        nothing = coarse.new_zeros(len(coarse), 2, *coarse.shape[-2:])
        return [nothing] * self.order


class StillFlow(nn.Module):
    """A flow network on the fine grid whose flow is nothing, and whose maps are told all the same."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, seen: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """No flow, the scale of scale-space flow if there is one, and the maps."""
        flow, maps = self.network(seen)
        return torch.cat([torch.zeros_like(flow[:, :2]), flow[:, 2:]], 1), maps


class ContextModel(OFDiffModel):
    """OF-Diff's networks, but nothing is moved."""

    def build(self, channels: int) -> None:
        """Make the networks, for so many coarse channels."""
        super().build(channels)
        config = self.config
        if config.flow and self.on_coarse:
            told = TOLD * config.denoiser_maps
            self.past_frames = StillPast(config.order, channels, 2 * config.width, told, self.factor)
        elif config.flow:
            self.add_module("flow", StillFlow(self.flow))


class Context(Ablation):
    """The frames before as context, in place of a flow.

    Noise cannot move either: along no motion the residual is as alike as at rest, and not more.
    """

    Model: ClassVar[type[nn.Module]] = ContextModel
    equal_time: ClassVar[dict[str, Any]] = {"train_steps": 955}
