"""Noise of successive frames, correlated in time: between the same noise for all and new noise for each.

Rain lives on while it changes: its residual has an e-folding time of hours (7.9 h in HiRO's data). Noise
that is shared gives samples too long a memory, independent noise too short a one (EnScale: errors in lag-1
autocorrelation of +0.22 and -0.09). Where rain moves faster than it changes, noise may be carried along with
it (Chang et al. 2024, arXiv 2504.03072).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from downbench import SampleContext

if TYPE_CHECKING:
    from torch import Tensor

Array = NDArray[np.float32]
Memory = float | Literal["shared", "fitted"]  # e-folding time in hours; 0 is none
# from noise (members, y, x) of the frame before a position to the same moved along to that position, and to
# where it comes from inside (y, x)
Carry = Callable[[Array, int], tuple[Array, NDArray[np.bool_]]]


def fitted_memory(residual: Tensor, valid: Tensor, hours: float) -> float:
    """Memory in hours of an autoregressive process with the lag-1 correlation of residuals.

    Args:
        residual: of clips (B, T, H, W); valid: where it counts.
        hours: between frames.

    Returns:
        0 where frames are not correlated, or have no neighbours.
    """
    both = valid[:, :-1] & valid[:, 1:]
    if not both.any():
        return 0.0
    here, after = (x[both] - x[both].mean() for x in (residual[:, :-1], residual[:, 1:]))
    r = float((here * after).mean() / (here.square().mean() * after.square().mean()).sqrt().clamp(min=1e-6))
    return -hours / math.log(min(r, 0.99)) if r > 0.01 else 0.0


class NoiseInTime:
    """Standard normal noise of the frames of one tile, a first-order autoregressive process.

    ``n_0 = e_0, n_t = r n_(t-1) + sqrt(1 - r^2) e_t`` with ``r = exp(-step / memory)`` and white ``e`` that
    belongs to (seed, member, tile, time). Where ``carry`` moves ``n_(t-1)`` along, what comes in from outside
    is new. Frames are asked for in rising order; those before the first one are worked out too, so that it
    does not matter where a chunk begins.

    Args:
        times: of the whole sequence.
        shape: of the noise of a frame.
        memory: e-folding time in hours, or ``"shared"`` for one noise for all frames.
        fitted: what ``"fitted"`` stands for, in hours.
        carry: None leaves noise where it is.
        stream: names this noise among others of one method.
    """

    def __init__(
        self,
        context: SampleContext,
        members: int,
        times: NDArray[np.datetime64],
        shape: Sequence[int],
        memory: Memory,
        fitted: float = 0.0,
        carry: Carry | None = None,
        stream: str = "noise",
    ) -> None:
        self.context, self.members, self.times, self.shape = context, members, times, shape
        self.stream = stream
        self.memory = fitted if memory == "fitted" else memory
        self.carry = carry
        self.frame, self.last = -1, np.zeros((members, *shape), np.float32)

    def take(self, frames: Sequence[int]) -> Array:
        """Noise (members, frames, *shape)."""
        if self.memory == 0:
            return self._white(frames)
        out = []
        for frame in frames:
            while self.frame < frame:
                self._step()
            out.append(self.last)
        return np.stack(out, 1)

    def _step(self) -> None:
        self.frame += 1
        if self.frame > 0 and self.memory == "shared":
            return
        white = self._white([self.frame])[:, 0]
        if self.frame == 0:
            self.last = white
            return
        assert not isinstance(self.memory, str)
        hours = (self.times[self.frame] - self.times[self.frame - 1]) / np.timedelta64(1, "h")
        r = math.exp(-hours / self.memory)
        before, inside = (self.last, True) if self.carry is None else self.carry(self.last, self.frame)
        lasting = np.float32(r) * before + np.float32(math.sqrt(1 - r * r)) * white
        self.last = np.where(inside, lasting, white)

    def _white(self, frames: Sequence[int]) -> Array:
        return self.context.normal(self.members, self.times[frames], self.shape, self.stream)
