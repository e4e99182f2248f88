"""Swin-IR over clips: window attention across frames, one frame out.

The multi-frame self-attention of VRT (Liang et al. 2022, arXiv 2201.12288) and PSRT (Shi et al. 2022, arXiv
2207.08494), whose finding it rests on: attention needs no aligned frames as long as things move by less than
a window. Windows are of coarse cells, so they hold what moves between frames, and none are aligned.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from downbench_methods.networks.swinir import (
    Residual,
    merge,
    partition,
    pixel_shuffle_upsampler,
    relative_index,
    residual_convolution,
    shift_mask,
)


class ClipAttention(nn.Module):
    """Attention between all cells of a window in all frames, with a bias by distance in space and time."""

    index: Tensor

    def __init__(self, width: int, heads: int, window: int, shift: int, frames: int) -> None:
        super().__init__()
        self.heads, self.window, self.shift, self.frames = heads, window, shift, frames
        self.qkv = nn.Linear(width, 3 * width)
        self.project = nn.Linear(width, width)
        places = (2 * window - 1) ** 2
        self.bias = nn.Parameter(torch.empty((2 * frames - 1) * places, heads))
        nn.init.trunc_normal_(self.bias, std=0.02)
        time = torch.arange(frames)
        later = time[:, None] - time + frames - 1  # (frames, frames), from 0
        index = later[:, None, :, None] * places + relative_index(window)[None, :, None]
        self.register_buffer("index", index.flatten(2).flatten(0, 1), persistent=False)  # (n, n)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B frames, H, W, C), a clip's frames side by side, to the same shape."""
        _, h, w, c = x.shape
        n = self.frames * self.window**2
        bias = self.bias[self.index.view(-1)].view(n, n, -1).permute(2, 0, 1)  # (heads, n, n)
        shift = self.shift if min(h, w) > self.window else 0
        if shift:
            x = x.roll((-shift, -shift), (1, 2))
            mask = shift_mask(h, w, self.window, shift).to(bias)  # (windows, 1, cells, cells)
            bias = bias + mask.repeat(1, 1, self.frames, self.frames)
        tokens = partition(x, self.window)  # (B frames, windows, cells, C)
        tokens = tokens.view(-1, self.frames, *tokens.shape[1:]).transpose(1, 2).flatten(2, 3)
        qkv = self.qkv(tokens).view(*tokens.shape[:3], 3, self.heads, c // self.heads)
        q, k, v = qkv.permute(3, 0, 1, 4, 2, 5)  # (B, windows, heads, n, C / heads) each
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=bias)
        y = self.project(y.transpose(2, 3).flatten(3))
        y = y.view(*y.shape[:2], self.frames, -1, c).transpose(1, 2).flatten(0, 1)
        y = merge(y, self.window, h, w)
        return y.roll((shift, shift), (1, 2)) if shift else y


class ClipLayer(nn.Module):
    """Pre-normalised attention and perceptron, each with a skip."""

    def __init__(self, width: int, heads: int, window: int, shift: int, frames: int, ratio: float) -> None:
        super().__init__()
        hidden = int(width * ratio)
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = ClipAttention(width, heads, window, shift, frames)
        self.mlp = nn.Sequential(nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, width))

    def forward(self, x: Tensor) -> Tensor:
        """Map (B frames, H, W, C) to the same shape."""
        x = x + self.attention(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class ClipGroup(nn.Module):
    """Layers, every other one with shifted windows, a convolution of each frame, and a skip."""

    def __init__(
        self, width: int, depth: int, heads: int, window: int, frames: int, ratio: float, residual: Residual
    ) -> None:
        super().__init__()
        shifts = [0 if i % 2 == 0 else window // 2 for i in range(depth)]
        self.layers = nn.Sequential(*[ClipLayer(width, heads, window, s, frames, ratio) for s in shifts])
        self.convolution = residual_convolution(width, residual)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B frames, H, W, C) to the same shape."""
        return x + self.convolution(self.layers(x).permute(0, 3, 1, 2)).permute(0, 2, 3, 1)


class ClipSwinIR(nn.Module):
    """Super-resolution of the middle frame of a clip.

    Args:
        channels: coarse maps of a frame; frames: of a clip, an odd number.
        factor: how many times finer the output is; the rest as for :class:`SwinIR`.
    """

    def __init__(
        self,
        channels: int,
        frames: int,
        factor: int,
        width: int,
        depths: tuple[int, ...],
        heads: int,
        window: int,
        mlp_ratio: float,
        features: int,
        residual: Residual,
        skip: bool,
    ) -> None:
        super().__init__()
        self.frames, self.factor, self.window, self.skip = frames, factor, window, skip
        self.shallow = nn.Conv2d(channels, width, 3, padding=1)
        self.norm_in, self.norm_out = nn.LayerNorm(width), nn.LayerNorm(width)
        self.groups = nn.Sequential(
            *[ClipGroup(width, d, heads, window, frames, mlp_ratio, residual) for d in depths]
        )
        self.convolution = residual_convolution(width, residual)
        self.before_upsampling = nn.Sequential(nn.Conv2d(width, features, 3, padding=1), nn.LeakyReLU(0.01))
        self.upsampler = pixel_shuffle_upsampler(features, 1, factor)
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.trunc_normal_(module.weight, std=0.02)
                nn.init.zeros_(module.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, frames, channels, h, w) to (B, 1, h * factor, w * factor), any h and w."""
        h, w = x.shape[-2:]
        middle = self.frames // 2
        flat = F.pad(x.flatten(0, 1), (0, -w % self.window, 0, -h % self.window), mode="replicate")
        shallow = self.shallow(flat)
        deep = self.norm_out(self.groups(self.norm_in(shallow.permute(0, 2, 3, 1))))
        deep, shallow = deep[middle :: self.frames].permute(0, 3, 1, 2), shallow[middle :: self.frames]
        deep = (shallow + self.convolution(deep))[..., :h, :w]
        out: Tensor = self.upsampler(self.before_upsampling(deep))
        if not self.skip:
            return out
        rain = x[:, middle, :1]
        return out + F.interpolate(rain, scale_factor=self.factor, mode="bicubic", align_corners=False)
