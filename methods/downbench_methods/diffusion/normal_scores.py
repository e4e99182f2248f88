"""The residual in normal scores: rain given the deterministic prediction, as a standard normal variable.

The residual of log-rain is anything but normal: mostly dry, skewed, and ten times wider in heavy rain than
beside it. A large network learns that; a small one spends all its training on it. Mapped through its own
quantiles, given the prediction, the residual is standard normal at every pixel before training starts, and
diffusion learns what remains: structure, and what the prediction alone does not tell. (Normal-score
transform or anamorphosis: Chiles and Delfiner, Geostatistics, 2012, section 6.2.)
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

LOWEST, HIGHEST, STEP = -3.0, 3.75, 0.25  # nodes of the table, standard normal deviates
# Bins of the prediction: their edges are so many ranks, evenly spaced in number, and in the logarithm of the
# number from above. Evenly wide bins would leave half of all pixels, which are nearly dry, to one of them.
EVEN, HEAVY = 48, 48
BINS = EVEN + HEAVY - 1
LEAST = 400  # pixels of a bin
DRY = 1e-4  # tolerance of a comparison with no rain


class NormalScores(nn.Module):
    """Quantiles of transformed rain by bins of the deterministic prediction.

    ``table`` (bins, nodes) holds the quantile of rain at each node's level, ``centres`` (bins,) the mean
    prediction of each bin, ``dry`` what no rain is transformed to.
    """

    table: Tensor
    centres: Tensor
    nodes: Tensor
    dry: Tensor

    def __init__(self) -> None:
        super().__init__()
        nodes = torch.arange(LOWEST, HIGHEST + STEP / 2, STEP)
        self.register_buffer("nodes", nodes, persistent=False)
        self.register_buffer("table", nodes.repeat(BINS, 1))
        self.register_buffer("centres", torch.arange(BINS, dtype=torch.float32))
        self.register_buffer("dry", torch.zeros(()))

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *args: Any) -> None:
        """Take on the number of bins that weights were saved with."""
        for name in ("table", "centres"):
            if prefix + name in state_dict:
                setattr(self, name, getattr(self, name).new_empty(state_dict[prefix + name].shape))
        super()._load_from_state_dict(state_dict, prefix, *args)

    @torch.no_grad()
    def fit(self, mean: Tensor, rain: Tensor) -> None:
        """Take the quantiles of pixels: predictions and transformed rain, both (n,)."""
        order = mean.argsort()
        mean, rain = mean[order], rain[order]
        n = len(mean)
        least = min(LEAST, n)
        levels = torch.special.ndtr(self.nodes)
        for k, (first, last) in enumerate(pairwise(bin_edges(n, least))):
            if last - first < least:  # a thin bin borrows from its neighbours
                first = min(max(0, (first + last - least) // 2), n - least)
                last = first + least
            part = rain[first:last].sort().values
            position = (levels * len(part) - 0.5).clamp(0, len(part) - 1)
            below = position.floor().long().clamp(max=max(len(part) - 2, 0))
            above = (below + 1).clamp(max=len(part) - 1)
            self.table[k] = torch.lerp(part[below], part[above], position - below)
            self.centres[k] = mean[first:last].mean()
        # strictly rising, so that a prediction lies between two bins
        self.centres.copy_(self.centres.cummax(0).values + 1e-6 * torch.arange(len(self.centres)).to(mean))
        self.dry.copy_(rain.min())

    def _bin(self, mean: Tensor) -> tuple[Tensor, Tensor]:
        """Bin to the left of predictions, and their place between it and the next, 0 to 1."""
        left = torch.searchsorted(self.centres, mean.contiguous()).clamp(1, len(self.centres) - 1) - 1
        gap = (self.centres[left + 1] - self.centres[left]).clamp(min=1e-6)
        return left, ((mean - self.centres[left]) / gap).clamp(0, 1)

    def _beyond(self, mean: Tensor) -> Tensor:
        """How far predictions lie above the last bin, whose rain is moved by as much."""
        return (mean - self.centres[-1]).clamp(min=0)

    def forward(self, rain: Tensor, mean: Tensor) -> Tensor:
        """Normal scores of transformed rain given predictions, both of any shape.

        All dry pixels of one prediction have one rank; they get the expectation of a standard normal variable
        below their threshold. Values of measured rain may be few, so that many pixels share one: they get the
        middle of their ranks.
        """
        left, share = self._bin(mean)
        rain = torch.where(rain > self.dry + DRY, rain - self._beyond(mean), rain)
        quantiles = torch.lerp(self.table[left], self.table[left + 1], share[..., None])  # (..., nodes)
        dry = quantiles <= self.dry + DRY
        bound = self.nodes[dry.sum(-1).clamp(min=1) - 1] + STEP / 2
        density = torch.exp(-bound.square() / 2) / (2 * torch.pi) ** 0.5
        below = -density / torch.special.ndtr(bound)
        lowest, highest = (self._position(quantiles, rain, right) for right in (False, True))
        score = LOWEST + STEP * (lowest + highest) / 2
        return torch.where((rain <= self.dry + DRY) & dry[..., 0], below, score)

    def _position(self, quantiles: Tensor, rain: Tensor, right: bool) -> Tensor:
        """Place of rain (...) among the nodes of quantiles (..., nodes); of several that equal it, an end."""
        node = torch.searchsorted(quantiles, rain[..., None].contiguous(), right=right)
        node = node.clamp(1, len(self.nodes) - 1)
        low, high = (quantiles.gather(-1, k)[..., 0] for k in (node - 1, node))
        return node[..., 0] - 1 + ((rain - low) / (high - low).clamp(min=1e-6)).clamp(0, 1)

    def wetness(self, mean: Tensor) -> Tensor:
        """Share of rainy pixels among those with such predictions."""
        left, share = self._bin(mean)
        last_dry = ((self.table <= self.dry + DRY).sum(-1) - 1).clamp(min=0)
        wet = 1 - torch.special.ndtr(self.nodes)[last_dry]
        return torch.lerp(wet[left], wet[left + 1], share)

    def inverse(self, score: Tensor, mean: Tensor) -> Tensor:
        """Transformed rain from normal scores; beyond the last quantile that one holds."""
        left, share = self._bin(mean)
        position = ((score - LOWEST) / STEP).clamp(0, len(self.nodes) - 1.001)
        node = position.floor().long()
        low, high = (
            torch.lerp(self.table[left, k], self.table[left + 1, k], share) for k in (node, node + 1)
        )
        part = position - node
        rising = (low <= self.dry + DRY) & (high > self.dry + DRY)  # rain sets in half-way between two nodes
        part = torch.where(rising, (2 * part - 1).clamp(min=0), part)
        rain = torch.lerp(low, high, part)
        return torch.where(rain > self.dry + DRY, rain + self._beyond(mean), rain)


def bin_edges(count: int, least: int) -> list[int]:
    """Ranks at which the bins of so many pixels in rising order begin and end, 0 and ``count`` among them."""
    even = np.linspace(0, count, EVEN + 1)[1:-1]
    heavy = count - np.geomspace(count, least, HEAVY + 1)[1:-1]
    return [0, *sorted(np.concatenate([even, heavy]).astype(int).tolist()), count]
