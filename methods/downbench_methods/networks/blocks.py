"""Blocks of the U-Net: standardised convolutions, noise levels, and attention over space.

After Ho et al. 2020 (arXiv 2006.11239) with weight standardisation (arXiv 1903.10520) and linear attention
(arXiv 1812.01243).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class StandardisedConv(nn.Conv2d):
    """Convolution whose kernels have zero mean and unit variance (arXiv 1903.10520, eq. 4)."""

    def forward(self, x: Tensor) -> Tensor:
        """Convolve (B, C, H, W)."""
        weight = self.weight.flatten(1)
        weight = F.layer_norm(weight, weight.shape[1:], eps=1e-5).view_as(self.weight)
        return self._conv_forward(x, weight, self.bias)


class ChannelNorm(nn.Module):
    """Layer normalisation over the channels of each pixel, with a gain."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(1, width, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Normalise (B, C, H, W)."""
        x = x - x.mean(1, keepdim=True)
        return x * (x.square().mean(1, keepdim=True) + 1e-5).rsqrt() * self.gain


class NoiseEmbedding(nn.Module):
    """Sinusoids of the noise level through a perceptron: (B,) log signal-to-noise ratio to (B, 4 width)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, 4 * width))

    def forward(self, logsnr: Tensor) -> Tensor:
        """Embed (B,)."""
        half = self.width // 2
        frequency = torch.exp(torch.arange(half, device=logsnr.device) * (-math.log(1e4) / (half - 1)))
        # a range of +-20 spreads over the 1000 steps that the sinusoids were made for
        angle = (logsnr.clamp(-20, 20)[:, None] * 25) * frequency
        embedded: Tensor = self.mlp(torch.cat([angle.sin(), angle.cos()], 1))
        return embedded


class ResidualBlock(nn.Module):
    """2 x [standardised 3x3 convolution, group normalisation, SiLU] and a skip; FiLM after the first norm."""

    def __init__(self, channels: int, width: int, embedding: int | None) -> None:
        super().__init__()
        self.film = nn.Sequential(nn.SiLU(), nn.Linear(embedding, 2 * width)) if embedding else None
        self.conv1, self.norm1 = StandardisedConv(channels, width, 3, padding=1), nn.GroupNorm(8, width)
        self.conv2, self.norm2 = StandardisedConv(width, width, 3, padding=1), nn.GroupNorm(8, width)
        self.skip = nn.Conv2d(channels, width, 1) if channels != width else nn.Identity()

    def forward(self, x: Tensor, embedding: Tensor | None) -> Tensor:
        """Map (B, channels, H, W) to (B, width, H, W)."""
        y = self.norm1(self.conv1(x))
        if self.film is not None:
            scale, shift = self.film(embedding)[:, :, None, None].chunk(2, 1)  # (B, width, 1, 1) each
            y = y * (scale + 1) + shift
        y = F.silu(self.norm2(self.conv2(F.silu(y))))
        out: Tensor = y + self.skip(x)
        return out


class Attention(nn.Module):
    """Pre-normalised attention over all pixels with a skip; ``linear`` costs O(pixels) (arXiv 1812.01243)."""

    def __init__(self, width: int, heads: int, head_width: int, linear: bool) -> None:
        super().__init__()
        self.heads, self.linear = heads, linear
        self.norm = ChannelNorm(width)
        self.qkv = nn.Conv2d(width, 3 * heads * head_width, 1, bias=False)
        project = nn.Conv2d(heads * head_width, width, 1)
        self.project = nn.Sequential(project, ChannelNorm(width)) if linear else project

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C, H, W) to the same shape."""
        _, _, h, w = x.shape
        q, k, v = self.qkv(self.norm(x)).flatten(2).unflatten(1, (3, self.heads, -1)).unbind(1)
        # q, k, v: (B, heads, head_width, H W)
        if self.linear:
            q = q.softmax(-2) * q.shape[-2] ** -0.5
            context = torch.einsum("bhdn,bhen->bhde", k.softmax(-1), v)
            y = torch.einsum("bhde,bhdn->bhen", context, q)
        else:
            y = F.scaled_dot_product_attention(q.mT, k.mT, v.mT).mT
        out: Tensor = x + self.project(y.reshape(len(x), -1, h, w))
        return out
