"""Attention in shifted windows (Swin Transformer, Liu et al. 2021, arXiv 2103.14030)."""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor, nn
from torch.nn import functional as F


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
