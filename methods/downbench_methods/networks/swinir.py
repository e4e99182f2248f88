"""Swin-IR (Liang et al. 2021, arXiv 2108.10257) for super-resolution, on stock torch.

Own code because no library gives it without torchvision, which a CPU build of torch cannot carry.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from downbench_methods.networks.window_attention import WindowAttention

Residual = Literal["1conv", "3conv"]
Attention = Callable[[int, int, int, int], nn.Module]  # from width, heads, window and shift


class SwinLayer(nn.Module):
    """Pre-normalised window attention and perceptron, each with a skip (Swin-IR, eq. 8)."""

    def __init__(
        self, width: int, heads: int, window: int, shift: int, ratio: float, attention: Attention
    ) -> None:
        super().__init__()
        hidden = int(width * ratio)
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = attention(width, heads, window, shift)
        self.mlp = nn.Sequential(nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, width))

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, H, W, C) to the same shape."""
        x = x + self.attention(self.norm1(x))
        return x + self.mlp(self.norm2(x))


def residual_convolution(width: int, kind: Residual) -> nn.Module:
    """The convolution that ends a group: one 3x3, or a bottleneck of three with fewer parameters."""
    if kind == "1conv":
        return nn.Conv2d(width, width, 3, padding=1)
    return nn.Sequential(
        nn.Conv2d(width, width // 4, 3, padding=1),
        nn.LeakyReLU(0.2),
        nn.Conv2d(width // 4, width // 4, 1),
        nn.LeakyReLU(0.2),
        nn.Conv2d(width // 4, width, 3, padding=1),
    )


class SwinGroup(nn.Module):
    """Residual Swin Transformer block: layers, a convolution and a skip (Swin-IR, eq. 6)."""

    def __init__(
        self,
        width: int,
        depth: int,
        heads: int,
        window: int,
        ratio: float,
        residual: Residual,
        attention: Attention,
    ) -> None:
        super().__init__()
        shifts = [0 if i % 2 == 0 else window // 2 for i in range(depth)]
        self.layers = nn.Sequential(*[SwinLayer(width, heads, window, s, ratio, attention) for s in shifts])
        self.convolution = residual_convolution(width, residual)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, H, W, C) to the same shape."""
        return x + self.convolution(self.layers(x).permute(0, 3, 1, 2)).permute(0, 2, 3, 1)


def pixel_shuffle_upsampler(width: int, out: int, factor: int) -> nn.Sequential:
    """Steps of x2 or x3 by sub-pixel convolution (arXiv 1609.05158), then a 3x3 one to ``out`` maps."""
    steps: list[nn.Module] = []
    while factor > 1:
        step = 2 if factor % 2 == 0 else 3 if factor % 3 == 0 else factor
        steps += [nn.Conv2d(width, step**2 * width, 3, padding=1), nn.PixelShuffle(step)]
        factor //= step
    return nn.Sequential(*steps, nn.Conv2d(width, out, 3, padding=1))


class SwinIR(nn.Module):
    """Deterministic super-resolution.

    Args:
        channels: coarse maps in.
        factor: how many times finer the output is.
        width: embedding size, a multiple of ``heads``.
        depths: layers in each group.
        features: maps in the upsampler.
        skip: add the first input map, interpolated, to the output (no parameters; Swin-IR itself has none
            in this place).
        attention: in windows of (B, H, W, C).
    """

    def __init__(
        self,
        channels: int,
        factor: int = 8,
        width: int = 200,
        depths: tuple[int, ...] = (6,) * 7,
        heads: int = 8,
        window: int = 8,
        mlp_ratio: float = 2.0,
        features: int = 64,
        residual: Residual = "3conv",
        skip: bool = False,
        *,
        attention: Attention = WindowAttention,
    ) -> None:
        super().__init__()
        self.window, self.factor, self.skip = window, factor, skip
        self.shallow = nn.Conv2d(channels, width, 3, padding=1)
        self.norm_in, self.norm_out = nn.LayerNorm(width), nn.LayerNorm(width)
        self.groups = nn.Sequential(
            *[SwinGroup(width, depth, heads, window, mlp_ratio, residual, attention) for depth in depths]
        )
        self.convolution = residual_convolution(width, residual)
        self.before_upsampling = nn.Sequential(nn.Conv2d(width, features, 3, padding=1), nn.LeakyReLU(0.01))
        self.upsampler = pixel_shuffle_upsampler(features, 1, factor)
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.trunc_normal_(module.weight, std=0.02)
                nn.init.zeros_(module.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, channels, h, w) to (B, 1, h * factor, w * factor), any h and w."""
        return self.rise(*self.deep(x), x[:, :1])

    def deep(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Shallow and deep features (B, width, H, W) of coarse fields that are padded to whole windows."""
        padded = F.pad(x, (0, -x.shape[-1] % self.window, 0, -x.shape[-2] % self.window), mode="replicate")
        shallow: Tensor = self.shallow(padded)
        return shallow, self.norm_out(self.groups(self.norm_in(shallow.permute(0, 2, 3, 1)))).permute(
            0, 3, 1, 2
        )

    def rise(self, shallow: Tensor, deep: Tensor, rain: Tensor) -> Tensor:
        """Fine rain from features and coarse rain (B, 1, h, w)."""
        h, w = rain.shape[-2:]
        deep = (shallow + self.convolution(deep))[..., :h, :w]  # crop before the costly part
        # channels last, as the layers before have them: faster on a CPU
        deep = deep.contiguous(memory_format=torch.channels_last)
        out: Tensor = self.upsampler(self.before_upsampling(deep))
        if self.skip:
            out = out + F.interpolate(rain, scale_factor=self.factor, mode="bicubic", align_corners=False)
        return out
