"""The residual in normal scores: rain given the deterministic prediction, as a standard normal variable.

The residual of log-rain is anything but normal: mostly dry, skewed, and ten times wider in heavy rain than
beside it. A large network learns that; a small one spends all its training on it. Mapped through its own
quantiles, given the prediction, the residual is standard normal at every pixel before training starts, and
diffusion learns what remains: structure, and what the prediction alone does not tell. (Normal-score
transform or anamorphosis: Chiles and Delfiner, Geostatistics, 2012, section 6.2.)
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

LOWEST, HIGHEST, STEP = -3.0, 3.75, 0.25  # nodes of the table, standard normal deviates
BINS = 24  # of the prediction
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

    @torch.no_grad()
    def fit(self, mean: Tensor, rain: Tensor) -> None:
        """Take the quantiles of pixels: predictions and transformed rain, both (n,)."""
        order = mean.argsort()
        mean, rain = mean[order], rain[order]
        n = len(mean)
        least = min(LEAST, n)
        edges = torch.linspace(float(mean[int(0.02 * n)]), float(mean[-least]), BINS + 1).to(mean)
        index = torch.searchsorted(mean, edges).tolist()
        index[0], index[-1] = 0, n
        levels = torch.special.ndtr(self.nodes)
        for k in range(BINS):
            first, last = index[k], index[k + 1]
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
        self.centres.copy_(self.centres.cummax(0).values + 1e-6 * torch.arange(BINS).to(mean))
        self.dry.copy_(rain.min())

    def _bin(self, mean: Tensor) -> tuple[Tensor, Tensor]:
        """Bin to the left of predictions, and their place between it and the next, 0 to 1."""
        left = torch.searchsorted(self.centres, mean.contiguous()).clamp(1, BINS - 1) - 1
        gap = self.centres[left + 1] - self.centres[left]
        return left, ((mean - self.centres[left]) / gap).clamp(0, 1)

    def forward(self, rain: Tensor, mean: Tensor) -> Tensor:
        """Normal scores of transformed rain given predictions, both of any shape.

        All dry pixels of one prediction have one rank; they get the expectation of a standard normal variable
        below their threshold.
        """
        left, share = self._bin(mean)
        quantiles = torch.lerp(self.table[left], self.table[left + 1], share[..., None])  # (..., nodes)
        dry = quantiles <= self.dry + DRY
        bound = self.nodes[dry.sum(-1).clamp(min=1) - 1] + STEP / 2
        density = torch.exp(-bound.square() / 2) / (2 * torch.pi) ** 0.5
        below = -density / torch.special.ndtr(bound)
        right = torch.searchsorted(quantiles, rain[..., None].contiguous()).clamp(1, len(self.nodes) - 1)
        low, high = (quantiles.gather(-1, node)[..., 0] for node in (right - 1, right))
        part = ((rain - low) / (high - low).clamp(min=1e-6)).clamp(0, 1)
        score = self.nodes[right[..., 0] - 1] + STEP * part
        return torch.where((rain <= self.dry + DRY) & dry[..., 0], below, score)

    def wetness(self, mean: Tensor) -> Tensor:
        """Share of rainy pixels among those with such predictions."""
        left, share = self._bin(mean)
        last_dry = ((self.table <= self.dry + DRY).sum(-1) - 1).clamp(min=0)
        wet = 1 - torch.special.ndtr(self.nodes)[last_dry]
        return torch.lerp(wet[left], wet[left + 1], share)

    def inverse(self, score: Tensor, mean: Tensor) -> Tensor:
        """Transformed rain from normal scores; beyond the table its last quantile holds."""
        left, share = self._bin(mean)
        position = ((score - LOWEST) / STEP).clamp(0, len(self.nodes) - 1.001)
        node = position.floor().long()
        low, high = (
            torch.lerp(self.table[left, k], self.table[left + 1, k], share) for k in (node, node + 1)
        )
        part = position - node
        rising = (low <= self.dry + DRY) & (high > self.dry + DRY)  # rain sets in half-way between two nodes
        part = torch.where(rising, (2 * part - 1).clamp(min=0), part)
        return torch.lerp(low, high, part)
