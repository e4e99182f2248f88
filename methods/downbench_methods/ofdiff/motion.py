"""Motion between two coarse frames by the method of Lucas and Kanade (1981): smooth, and without training.

Where rain has gradients, the change from frame to frame tells how far it moved. Sums over a wide window and
over the whole field make that well posed: where there is no rain, the motion of the whole field holds.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from downbench_methods.ofdiff.warp import warp

ITERATIONS = 4
WINDOW = 4.0  # standard deviation of the window, in cells
WHOLE = 1.0  # weight of the whole field beside the window
LEAST_POWER = 1e-3  # of squared gradients, below which nothing moves
DAMPING = 0.02  # of all power, added to that along each axis: along a front that is straight nothing is known
FARTHEST, STEP = 4.0, 1.0  # cells that a motion and its correction in one iteration may reach


def motion(before: Tensor, now: Tensor) -> Tensor:
    """Flow from a frame to the one before: ``warp(before, flow)`` is about ``now``.

    Args:
        before: (N, 1, h, w); now: the same shape.

    Returns:
        (N, 2, h, w), along x and y in cells.
    """
    with torch.autocast(now.device.type, enabled=False):  # differences of products need their digits
        return _iterated(before.detach().float(), now.detach().float())


def _iterated(before: Tensor, now: Tensor) -> Tensor:
    flow = torch.zeros_like(now).repeat(1, 2, 1, 1)
    for _ in range(ITERATIONS):
        moved, inside = warp(before, flow), _inside(flow)
        left = now - moved
        x, y = _gradients((moved + now) / 2)
        moments = torch.cat([x * x, x * y, y * y, x * left, y * left], 1) * inside
        moments = _blurred(moments) + WHOLE * moments.mean((2, 3), keepdim=True)
        xx, xy, yy, xt, yt = moments.chunk(5, 1)
        damping = LEAST_POWER + DAMPING * (xx + yy)
        xx, yy = xx + damping, yy + damping
        change = torch.cat([yy * xt - xy * yt, xx * yt - xy * xt], 1) / (xx * yy - xy.square())
        flow = (flow + change.clamp(-STEP, STEP)).clamp(-FARTHEST, FARTHEST)
    return flow


def _inside(flow: Tensor) -> Tensor:
    """Where a flow (N, 2, h, w) comes from inside the field, as 0 or 1, (N, 1, h, w)."""
    h, w = flow.shape[-2:]
    x = torch.arange(w, device=flow.device) + flow[:, :1]
    y = torch.arange(h, device=flow.device)[:, None] + flow[:, 1:]
    return ((x >= 0) & (x <= w - 1) & (y >= 0) & (y <= h - 1)).to(flow.dtype)


def _gradients(field: Tensor) -> tuple[Tensor, Tensor]:
    """Central differences along x and y of (N, 1, h, w)."""
    wide = F.pad(field, (1, 1, 1, 1), mode="replicate")
    x = (wide[..., 1:-1, 2:] - wide[..., 1:-1, :-2]) / 2
    return x, (wide[..., 2:, 1:-1] - wide[..., :-2, 1:-1]) / 2


def _blurred(fields: Tensor) -> Tensor:
    """Gaussian window over (N, C, h, w); beyond the edges there is nothing."""
    reach, channels = int(3 * WINDOW), fields.shape[1]
    line = torch.exp(-0.5 * (torch.arange(-reach, reach + 1, device=fields.device) / WINDOW).square())
    line = (line / line.sum()).to(fields.dtype).expand(channels, 1, 1, -1)
    along = F.conv2d(fields, line, padding=(0, reach), groups=channels)
    return F.conv2d(along, line.mT, padding=(reach, 0), groups=channels)
