"""Attention over time, between the same pixel of a clip's frames."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

REACH = 32  # frames; pairs further apart share a position bias


class TemporalAttention(nn.Module):
    """Pre-normalised attention over a clip's frames with a bias by distance in time, and a skip.

    The time half of factorised space-time attention (Ho et al. 2022, arXiv 2204.03458, section 3). The last
    layer starts at zero, so that a fresh network treats frames one by one.
    """

    def __init__(self, width: int, heads: int, head_width: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(width, bias=False)
        self.qkv = nn.Linear(width, 3 * heads * head_width, bias=False)
        self.project = nn.Linear(heads * head_width, width, bias=False)
        self.bias = nn.Parameter(torch.zeros(heads, 2 * REACH + 1))
        nn.init.zeros_(self.project.weight)

    def forward(self, x: Tensor, frames: int) -> Tensor:
        """Map (B frames, C, H, W), a clip's frames side by side, to the same shape."""
        n, c, h, w = x.shape
        tokens = x.view(-1, frames, c, h * w).permute(0, 3, 1, 2)  # (B, H W, frames, C)
        q, k, v = self.qkv(self.norm(tokens)).flatten(0, 1).unflatten(-1, (3, self.heads, -1)).unbind(2)
        time = torch.arange(frames, device=x.device)
        distance = (time[:, None] - time).clamp(-REACH, REACH) + REACH
        # (B H W, heads, frames, head width) each
        y = F.scaled_dot_product_attention(
            q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2), attn_mask=self.bias[:, distance].to(q)
        )
        y = self.project(y.transpose(1, 2).flatten(2)).view(-1, h * w, frames, c)
        return x + y.permute(0, 2, 3, 1).reshape(n, c, h, w)
