"""A plain network made to fit: it sees stacked maps on one grid, and gives one map of rain."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from downbench import UserError
from downbench_methods.networks.frame import FrameNetwork, fine_fields, upsample

Grid = Literal["fine", "coarse"]


class FieldNetwork(FrameNetwork):
    """A network of any making, handed the maps of a frame and added to the interpolated coarse rain.

    Args:
        network: from maps (B, C, ...) on ``grid`` to transformed rain (B, 1, H, W) on the fine grid.
        grid: of what the network sees: all fields interpolated to the fine grid, or the coarse ones.
        factor: how many times finer the fine grid is.
        relief: position of the topography among the coarse channels, or None.
        noise_maps: maps of standard normal noise, the last ones that the network sees.
        multiple: what the sides of maps must be a multiple of; they are padded, and the output is cut.
        residual: whether the output is added to the interpolated rain.
    """

    def __init__(
        self,
        network: nn.Module,
        grid: Grid,
        factor: int,
        relief: int | None,
        noise_maps: int = 0,
        multiple: int = 1,
        residual: bool = True,
    ) -> None:
        super().__init__()
        self.network, self.grid, self.factor, self.relief = network, grid, factor, relief
        self.noise_maps, self.noise_density = noise_maps, factor if grid == "fine" else 1
        self.multiple, self.residual = multiple, residual

    def forward(self, coarse: Tensor, relief: Tensor, noise: Tensor | None) -> Tensor:
        """Predict transformed rain (B, 1, H, W).

        Raises:
            UserError: what the network gives has another shape.
        """
        fine = self.grid == "fine"
        seen = fine_fields(coarse, relief, self.relief, self.factor) if fine else coarse
        rain = seen[:, :1] if fine else upsample(coarse[:, :1], self.factor)
        if noise is not None:
            seen = torch.cat([seen, noise], 1)
        made = self._padded(seen, 1 if fine else self.factor)
        return rain + made if self.residual else made

    def _padded(self, seen: Tensor, finer: int) -> Tensor:
        height, width = seen.shape[-2:]
        below, right = -height % self.multiple, -width % self.multiple
        maps = F.pad(seen, (0, right, 0, below), mode="replicate") if below or right else seen
        made = self.network(maps)
        wanted = (len(maps), 1, maps.shape[-2] * finer, maps.shape[-1] * finer)
        if not isinstance(made, Tensor) or made.shape != wanted:
            got = tuple(made.shape) if isinstance(made, Tensor) else type(made).__name__
            raise UserError(
                f"{type(self.network).__name__} makes {got} of maps {tuple(maps.shape)}, not {wanted}",
                "a network gives one map of rain on the fine grid, (batch, 1, y, x); where it halves its "
                "maps n times, set multiple = 2**n on the method",
            )
        return made[..., : height * finer, : width * finer]
