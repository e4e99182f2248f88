"""What the frames before add to the prediction, worked out on the coarse grid.

The flow is estimated from the coarse rain without training (:mod:`downbench_methods.ofdiff.motion`), and the
frames before are moved along it to the present. Rain that has moved by a part of a coarse cell was averaged
over other blocks then, so that moved frames tell of the fine scales what the present one cannot. A small
network makes a correction of the prediction of them, and maps that the denoiser is told; at first neither.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from downbench_methods.networks.blocks import ResidualBlock
from downbench_methods.networks.frame import upsample
from downbench_methods.ofdiff.motion import motion
from downbench_methods.ofdiff.warp import warp

BLOCKS = 3
GENTLE = (
    0.25  # of the head's correction: a step of training must not move all predictions by as much as they err
)


class Past(nn.Module):
    """Residual blocks on the coarse grid, where each cell has its fine cells as channels.

    Args:
        order: frames before; channels: of a coarse frame, rain first.
        width: of the blocks; told: maps that the denoiser is told.
        factor: how many times finer the fine grid is.
    """

    def __init__(self, order: int, channels: int, width: int, told: int, factor: int) -> None:
        super().__init__()
        self.order, self.factor = order, factor
        seen = (order + 1) * (channels + factor**2) + 2 * order
        self.stem = nn.Conv2d(seen, width, 3, padding=1)
        self.blocks = nn.ModuleList([ResidualBlock(width, width, None) for _ in range(BLOCKS)])
        self.head = nn.Conv2d(width, (1 + told) * factor**2, 1)
        nn.init.zeros_(self.head.weight)
        assert self.head.bias is not None
        nn.init.zeros_(self.head.bias)

    def motions(self, coarse: Tensor) -> list[Tensor]:
        """Flow from the present to each frame before, the last one first, in coarse cells, (N, 2, h, w) each.

        Args:
            coarse: (N, order + 1, channels, h, w).
        """
        flows: list[Tensor] = []
        for k in range(self.order):
            now, before = coarse[:, -1 - k, :1], coarse[:, -2 - k, :1]
            step = motion(before, now)
            flows.append(step if not flows else flows[-1] + warp(step, flows[-1]))
        return flows

    def forward(
        self, coarse: Tensor, mean: Tensor, before: Tensor, flows: list[Tensor]
    ) -> tuple[Tensor, Tensor]:
        """Work out the correction and what the denoiser is told.

        Args:
            coarse: (N, order + 1, channels, h, w); flows: as :meth:`motions` gives them.
            mean: the prediction of the present, (N, 1, H, W).
            before: fine rain of the frames before, (N, order, H, W).

        Returns:
            (N, 1, H, W) and (N, told, H, W).
        """
        moved = [
            warp(before[:, -1 - k, None], self.factor * upsample(flow, self.factor))
            for k, flow in enumerate(flows)
        ]
        beside = torch.cat([upsample(coarse[:, -1, :1], self.factor), *moved], 1) - mean
        x = self.stem(torch.cat([coarse.flatten(1, 2), *flows, F.pixel_unshuffle(beside, self.factor)], 1))
        for block in self.blocks:
            x = block(x, None)
        correction, told = F.pixel_shuffle(self.head(x), self.factor).tensor_split([1], 1)
        return GENTLE * correction, told
