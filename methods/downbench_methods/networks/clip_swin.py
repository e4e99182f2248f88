"""Swin-IR over clips: window attention across frames, one frame out.

The multi-frame self-attention of VRT (Liang et al. 2022, arXiv 2201.12288) and PSRT (Shi et al. 2022, arXiv
2207.08494), whose finding it rests on: attention needs no aligned frames as long as things move by less than
a window. Windows are of coarse cells, so they hold what moves between frames, and none are aligned.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from downbench_methods.networks.swinir import SwinIR
from downbench_methods.networks.window_attention import merge, partition, relative_index, shift_mask


class ClipAttention(nn.Module):
    """Attention between all cells of a window in all frames, with a bias by distance in space and time."""

    index: Tensor

    def __init__(self, width: int, heads: int, window: int, shift: int, frames: int) -> None:
        super().__init__()
        self.heads, self.window, self.shift, self.frames = heads, window, shift, frames
        self.qkv = nn.Linear(width, 3 * width)
        self.project = nn.Linear(width, width)
        offsets = (2 * window - 1) ** 2
        self.bias = nn.Parameter(torch.empty((2 * frames - 1) * offsets, heads))
        nn.init.trunc_normal_(self.bias, std=0.02)
        time = torch.arange(frames)
        later = time[:, None] - time + frames - 1  # (frames, frames), from 0
        index = later[:, None, :, None] * offsets + relative_index(window)[None, :, None]
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


class ClipSwinIR(SwinIR):
    """Super-resolution of the middle frame of a clip.

    Args:
        channels: coarse maps of a frame; factor: how many times finer the output is.
        sizes: the other arguments of :class:`SwinIR`.
        frames: of a clip, an odd number.
    """

    def __init__(self, channels: int, factor: int, *sizes: Any, frames: int) -> None:
        super().__init__(channels, factor, *sizes, attention=partial(ClipAttention, frames=frames))
        self.frames = frames

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, frames, channels, h, w) to (B, 1, h * factor, w * factor), any h and w."""
        middle = self.frames // 2
        shallow, deep = (features[middle :: self.frames] for features in self.deep(x.flatten(0, 1)))
        return self.rise(shallow, deep, x[:, middle, :1])
