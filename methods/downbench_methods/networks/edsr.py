"""EDSR (Lim et al. 2017, arXiv 1707.02921): residual blocks on the coarse grid, then sub-pixel convolution.

With 16 blocks of 64 features this is the paper's baseline, and SRGAN's generator (Ledig et al. 2017,
arXiv 1609.04802) without batch normalisation; with 32 blocks of 256 it is EDSR itself.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from downbench_methods.networks.swinir import pixel_shuffle_upsampler


class Block(nn.Module):
    """Convolution, ReLU, convolution, scaled, and a skip (EDSR, fig. 2c and section 3.3)."""

    def __init__(self, width: int, scale: float) -> None:
        super().__init__()
        self.scale = scale
        self.body = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1), nn.ReLU(), nn.Conv2d(width, width, 3, padding=1)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C, h, w) to the same shape."""
        out: Tensor = x + self.scale * self.body(x)
        return out


class EDSR(nn.Module):
    """Deterministic super-resolution.

    Args:
        channels: coarse maps in.
        factor: how many times finer the output is.
        width: features; blocks: how many; scale: of what a block adds (0.1 keeps wide networks stable).
        out: maps out.
        skip: add the first input map, interpolated, to the output (EDSR itself has none in this place).
    """

    def __init__(
        self,
        channels: int,
        factor: int = 8,
        width: int = 256,
        blocks: int = 32,
        scale: float = 0.1,
        out: int = 1,
        skip: bool = False,
    ) -> None:
        super().__init__()
        self.factor, self.skip = factor, skip
        self.shallow = nn.Conv2d(channels, width, 3, padding=1)
        body = [Block(width, scale) for _ in range(blocks)]
        self.body = nn.Sequential(*body, nn.Conv2d(width, width, 3, padding=1))
        self.upsampler = pixel_shuffle_upsampler(width, out, factor)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, channels, h, w) to (B, out, h * factor, w * factor)."""
        shallow = self.shallow(x)
        out: Tensor = self.upsampler(shallow + self.body(shallow))
        if self.skip:
            out = out + F.interpolate(x[:, :1], scale_factor=self.factor, mode="bicubic", align_corners=False)
        return out
