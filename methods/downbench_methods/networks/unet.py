"""The U-Net of OF-Diff: flow network and denoiser are two settings of it.

Own code because the conditioning maps are concatenated level by level into the contracting path.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from downbench_methods.networks.blocks import Attention, NoiseEmbedding, ResidualBlock
from downbench_methods.networks.temporal import TemporalAttention


def _down(channels: int, width: int) -> nn.Module:
    return nn.Sequential(nn.PixelUnshuffle(2), nn.Conv2d(4 * channels, width, 1))


def _up(channels: int, width: int) -> nn.Module:
    return nn.Sequential(
        nn.Upsample(scale_factor=2, mode="nearest"), nn.Conv2d(channels, width, 3, padding=1)
    )


@dataclass(frozen=True)
class UNetSettings:
    """What the levels of one U-Net share: size of the noise embedding, attention."""

    embedding: int | None
    heads: int
    head_width: int
    attention: str
    time_heads: int

    def temporal(self, width: int) -> TemporalAttention | None:
        """Attention over time, where the network has it."""
        return TemporalAttention(width, self.time_heads, self.head_width) if self.time_heads else None


class Level(nn.Module):
    """Two residual blocks, linear attention, and a change of resolution or width."""

    def __init__(self, channels: int, width: int, settings: UNetSettings, resample: nn.Module) -> None:
        super().__init__()
        self.block1 = ResidualBlock(channels, width, settings.embedding)
        self.block2 = ResidualBlock(channels, width, settings.embedding)
        self.attention: nn.Module = nn.Identity()
        if settings.attention == "all":
            self.attention = Attention(width, settings.heads, settings.head_width, linear=True)
        self.time = settings.temporal(width)
        self.resample = resample

    def forward(
        self, x: Tensor, extra: tuple[Tensor | None, Tensor | None], embedding: Tensor | None, frames: int
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Give the resampled map and the two maps made before; ``extra`` is concatenated to their inputs."""
        first = self.block1(_join(x, extra[0]), embedding)
        second = self.attention(self.block2(_join(first, extra[1]), embedding))
        if self.time is not None:
            second = self.time(second, frames)
        return self.resample(second), (first, second)


def _join(x: Tensor, extra: Tensor | None) -> Tensor:
    return x if extra is None else torch.cat([x, extra], 1)


class UNet(nn.Module):
    """U-Net from maps to maps of the same size, any size.

    Args:
        channels: maps in; out: maps out.
        width: of the first level; multipliers: widths of the levels as multiples of it (all multiples of 8).
        noise_embedding: whether the network is told a noise level.
        conditioned: whether another U-Net's contracting maps are concatenated level by level.
        attention: linear attention on every level, or full attention in the bottleneck only.
        patch: space-to-depth factor before the stem; 1 is the paper's.
        time_heads: heads of attention over time on every level, for clips; 0 is none.
        middle_maps: whether the two maps of the bottleneck are handed over, and taken, as well.
    """

    def __init__(
        self,
        channels: int,
        out: int,
        width: int = 64,
        multipliers: tuple[int, ...] = (1, 1, 2, 2, 3, 4),
        noise_embedding: bool = False,
        conditioned: bool = False,
        heads: int = 4,
        head_width: int = 32,
        attention: Literal["all", "bottleneck"] = "all",
        patch: int = 1,
        stem: int = 7,
        time_heads: int = 0,
        middle_maps: bool = False,
    ) -> None:
        super().__init__()
        widths = [width, *(width * m for m in multipliers)]
        self.patch, self.multiple = patch, patch * 2 ** (len(multipliers) - 1)
        embedding = 4 * width if noise_embedding else None
        settings = UNetSettings(embedding, heads, head_width, attention, time_heads)
        self.embed = NoiseEmbedding(width) if noise_embedding else None
        self.stem = nn.Conv2d(channels * patch**2, width, stem, padding=stem // 2)
        pairs = list(pairwise(widths))
        last = len(pairs) - 1
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for i, (a, b) in enumerate(pairs):
            resample = _down(a, b) if i < last else nn.Conv2d(a, b, 3, padding=1)
            self.down.append(Level(2 * a if conditioned else a, a, settings, resample))
        self.middle_maps, inner = middle_maps, widths[-1]
        entering = 2 * inner if conditioned and middle_maps else inner
        self.middle1 = ResidualBlock(entering, inner, settings.embedding)
        self.middle = Attention(inner, heads, head_width, linear=False)
        self.middle_time = settings.temporal(inner)
        self.middle2 = ResidualBlock(entering, inner, settings.embedding)
        for i, (a, b) in reversed(list(enumerate(pairs))):
            resample = _up(b, a) if i > 0 else nn.Conv2d(b, a, 3, padding=1)
            self.up.append(Level(a + b, b, settings, resample))
        self.last = ResidualBlock(2 * width, width, settings.embedding)
        self.head = nn.Conv2d(width, out * patch**2, 1)
        nn.init.zeros_(self.head.weight)
        assert self.head.bias is not None
        nn.init.zeros_(self.head.bias)

    def forward(
        self, x: Tensor, logsnr: Tensor | None = None, maps: Sequence[Tensor] = (), frames: int = 1
    ) -> tuple[Tensor, list[Tensor]]:
        """Run the network.

        Args:
            x: (B, channels, H, W).
            logsnr: (B,), log signal-to-noise ratio, for a network with noise embedding.
            maps: the second result of the conditioning network, run on maps of the same size.
            frames: of a clip, which lie side by side along the batch; counts with attention over time only.

        Returns:
            (B, out, H, W) and the maps of the contracting path, two a level, and with ``middle_maps`` the two
            of the bottleneck.
        """
        h, w = x.shape[-2:]
        padding = (0, -w % self.multiple, 0, -h % self.multiple)
        x = F.pixel_unshuffle(F.pad(x, padding, mode="replicate"), self.patch)
        embedding = self.embed(logsnr) if self.embed is not None else None
        x = stem = self.stem(x)
        made: list[Tensor] = []
        for i, level in enumerate(self.down):
            extra = (maps[2 * i], maps[2 * i + 1]) if maps else (None, None)
            x, pair = level(x, extra, embedding, frames)
            made += pair
        middle = maps[len(made) :] if self.middle_maps and maps else (None, None)
        first = self.middle1(_join(x, middle[0]), embedding)
        x = self.middle(first)
        if self.middle_time is not None:
            x = self.middle_time(x, frames)
        x = second = self.middle2(_join(x, middle[1]), embedding)
        for i, level in enumerate(self.up):
            x, _ = level(x, (made[-1 - 2 * i], made[-2 - 2 * i]), embedding, frames)
        x = self.head(self.last(torch.cat([x, stem], 1), embedding))
        return F.pixel_shuffle(x, self.patch)[..., :h, :w], made + [first, second] * self.middle_maps
