"""Backward warping of a field by an optical flow in pixels."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

LEVELS = 6  # the field itself and five blurred copies


def _grid(flow: Tensor) -> Tensor:
    """Sampling positions (B, H, W, 2) in [-1, 1] for a flow (B, 2, H, W) of (x, y) in pixels."""
    h, w = flow.shape[-2:]
    y, x = torch.meshgrid(
        torch.arange(h, device=flow.device, dtype=flow.dtype),
        torch.arange(w, device=flow.device, dtype=flow.dtype),
        indexing="ij",
    )
    # with align_corners, -1 and 1 are the centres of the outermost pixels
    x = (x + flow[:, 0]) * (2 / max(w - 1, 1)) - 1
    y = (y + flow[:, 1]) * (2 / max(h - 1, 1)) - 1
    return torch.stack([x, y], -1)


def warp(field: Tensor, flow: Tensor) -> Tensor:
    """Sample ``field`` at each pixel plus its flow; zero flow is the identity.

    Args:
        field: (B, C, H, W).
        flow: (B, 2, H, W), displacement along x and y in pixels.

    Returns:
        (B, C, H, W); positions outside take the border's value.
    """
    return F.grid_sample(field, _grid(flow), mode="bilinear", padding_mode="border", align_corners=True)


def carry(field: Tensor, flow: Tensor) -> tuple[Tensor, Tensor]:
    """Warp by the nearest pixel, so that values keep their distribution: noise stays noise.

    The flow is rounded and not the position, whose rounding errors would take some pixels twice where a flow
    of half a pixel is the same everywhere.

    Args:
        field: (B, C, H, W).
        flow: (B, 2, H, W), displacement along x and y in pixels.

    Returns:
        (B, C, H, W), zero where it would come from outside; and whether it comes from inside, (B, 1, H, W).
    """
    grid = _grid(flow.round())
    both = torch.cat([field, torch.ones_like(field[:, :1])], 1)
    moved = F.grid_sample(both, grid, mode="nearest", padding_mode="zeros", align_corners=True)
    return moved[:, :-1], moved[:, -1:] > 0


def blurred_volume(field: Tensor) -> Tensor:
    """Stack a field and five copies, each blurred once more by a 5x5 Gaussian of sigma 1: (B, C, 6, H, W)."""
    channels = field.shape[1]
    line = torch.exp(-0.5 * torch.arange(-2, 3, device=field.device, dtype=field.dtype) ** 2)
    line = line / line.sum()
    kernel = (line[:, None] * line).expand(channels, 1, 5, 5)
    volume = [field]
    for _ in range(LEVELS - 1):
        volume.append(F.conv2d(F.pad(volume[-1], (2, 2, 2, 2), mode="replicate"), kernel, groups=channels))
    return torch.stack(volume, 2)


def scale_space_warp(field: Tensor, flow: Tensor) -> Tensor:
    """Warp, and blur where the flow is uncertain (Agustsson et al. 2020, scale-space flow).

    Args:
        field: (B, C, H, W).
        flow: (B, 3, H, W): x and y in pixels, and the scale, clamped to [-1 (sharp), 1 (most blurred)].

    Returns:
        (B, C, H, W), sampled trilinearly in :func:`blurred_volume`.
    """
    scale = flow[:, 2:].clamp(-1, 1).movedim(1, -1)  # (B, H, W, 1)
    grid = torch.cat([_grid(flow[:, :2]), scale], -1)[:, None]  # (B, 1, H, W, 3)
    volume = blurred_volume(field)
    out = F.grid_sample(volume, grid, mode="bilinear", padding_mode="border", align_corners=True)
    return out[:, :, 0]
