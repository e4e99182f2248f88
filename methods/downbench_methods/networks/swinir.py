"""Swin-IR (Liang et al. 2021, arXiv 2108.10257) for super-resolution, on stock torch.

Own code because no library gives it without torchvision, which a CPU build of torch cannot carry.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

Residual = Literal["1conv", "3conv"]


def partition(x: Tensor, window: int) -> Tensor:
    """Cut (B, H, W, C) into windows: (B, windows, window * window, C)."""
    b, h, w, c = x.shape
    x = x.view(b, h // window, window, w // window, window, c).transpose(2, 3)
    return x.reshape(b, -1, window * window, c)


def merge(x: Tensor, window: int, h: int, w: int) -> Tensor:
    """Undo :func:`partition`: (B, windows, window * window, C) to (B, H, W, C)."""
    b, _, _, c = x.shape
    x = x.view(b, h // window, w // window, window, window, c).transpose(2, 3)
    return x.reshape(b, h, w, c)


@lru_cache(maxsize=64)
def shift_mask(h: int, w: int, window: int, shift: int) -> Tensor:
    """Bias (windows, 1, n, n) that is -inf between cells which a cyclic shift brought into one window."""
    region = torch.zeros(1, h, w, 1)
    cuts = (slice(0, -window), slice(-window, -shift), slice(-shift, None))
    for i, rows in enumerate(cuts):
        for j, columns in enumerate(cuts):
            region[:, rows, columns] = 3 * i + j
    label = partition(region, window)[0, :, :, 0]  # (windows, n)
    return torch.zeros(()).where(label[:, None, :, None] == label[:, None, None, :], -torch.inf)


def relative_index(window: int) -> Tensor:
    """Row of the position table for each pair of cells in a window, (n, n)."""
    cell = torch.cartesian_prod(torch.arange(window), torch.arange(window))  # (n, 2)
    offset = cell[:, None] - cell[None] + window - 1  # (n, n, 2), from 0 to 2 window - 2
    return offset[..., 0] * (2 * window - 1) + offset[..., 1]


class WindowAttention(nn.Module):
    """Attention in windows, with relative position bias and a cyclic shift (arXiv 2103.14030, eq. 4)."""

    index: Tensor

    def __init__(self, width: int, heads: int, window: int, shift: int) -> None:
        super().__init__()
        self.heads, self.window, self.shift = heads, window, shift
        self.qkv = nn.Linear(width, 3 * width)
        self.project = nn.Linear(width, width)
        self.bias = nn.Parameter(torch.empty((2 * window - 1) ** 2, heads))
        nn.init.trunc_normal_(self.bias, std=0.02)
        self.register_buffer("index", relative_index(window), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, H, W, C) to the same shape; H and W are multiples of the window."""
        _, h, w, c = x.shape
        n = self.window**2
        bias = self.bias[self.index.view(-1)].view(n, n, -1).permute(2, 0, 1)  # (heads, n, n)
        # a window as large as the image holds everything already
        shift = self.shift if min(h, w) > self.window else 0
        if shift:
            x = x.roll((-shift, -shift), (1, 2))
            bias = bias + shift_mask(h, w, self.window, shift).to(bias)  # (windows, heads, n, n)
        qkv = self.qkv(partition(x, self.window))  # (B, windows, n, 3 C)
        q, k, v = qkv.unflatten(-1, (3, self.heads, c // self.heads)).permute(3, 0, 1, 4, 2, 5)
        x = F.scaled_dot_product_attention(q, k, v, attn_mask=bias)  # (B, windows, heads, n, C / heads)
        x = merge(self.project(x.transpose(2, 3).flatten(3)), self.window, h, w)
        return x.roll((shift, shift), (1, 2)) if shift else x


class SwinLayer(nn.Module):
    """Pre-normalised window attention and perceptron, each with a skip (Swin-IR, eq. 8)."""

    def __init__(self, width: int, heads: int, window: int, shift: int, ratio: float) -> None:
        super().__init__()
        hidden = int(width * ratio)
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = WindowAttention(width, heads, window, shift)
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
        self, width: int, depth: int, heads: int, window: int, ratio: float, residual: Residual
    ) -> None:
        super().__init__()
        shifts = [0 if i % 2 == 0 else window // 2 for i in range(depth)]
        self.layers = nn.Sequential(*[SwinLayer(width, heads, window, shift, ratio) for shift in shifts])
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
    ) -> None:
        super().__init__()
        self.window, self.factor, self.skip = window, factor, skip
        self.shallow = nn.Conv2d(channels, width, 3, padding=1)
        self.norm_in, self.norm_out = nn.LayerNorm(width), nn.LayerNorm(width)
        self.groups = nn.Sequential(
            *[SwinGroup(width, depth, heads, window, mlp_ratio, residual) for depth in depths]
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
        h, w = x.shape[-2:]
        padded = F.pad(x, (0, -w % self.window, 0, -h % self.window), mode="replicate")
        shallow = self.shallow(padded)
        deep = self.norm_out(self.groups(self.norm_in(shallow.permute(0, 2, 3, 1)))).permute(0, 3, 1, 2)
        deep = (shallow + self.convolution(deep))[..., :h, :w]  # crop before the costly part
        # channels last, as the layers before have them: faster on a CPU
        deep = deep.contiguous(memory_format=torch.channels_last)
        out: Tensor = self.upsampler(self.before_upsampling(deep))
        if self.skip:
            out = out + F.interpolate(x[:, :1], scale_factor=self.factor, mode="bicubic", align_corners=False)
        return out
