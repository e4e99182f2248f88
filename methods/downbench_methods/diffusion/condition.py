"""What a denoiser is told, and how it is repeated for members and noise levels."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

Maps = tuple[Tensor, ...]


def repeat_clips(x: Tensor, copies: int, frames: int) -> Tensor:
    """Repeat each clip of ``frames`` frames of (N, ...), copies side by side."""
    return x.reshape(-1, frames, *x.shape[1:]).repeat_interleave(copies, 0).flatten(0, 1)


@dataclass(frozen=True)
class Condition:
    """What the denoiser is told of N frames, worked out once for all members and evaluations."""

    fields: Tensor  # (N, C, H, W), interpolated coarse fields and fine relief
    mean: Tensor | None = None  # (N, 1, H, W), the prediction that the residual is relative to
    maps: Maps = ()  # of a network that made it

    def repeat(self, copies: int, frames: int) -> Condition:
        """Repeat each clip of ``frames`` frames, copies side by side."""
        if copies == 1:
            return self
        mean = None if self.mean is None else repeat_clips(self.mean, copies, frames)
        maps = tuple(repeat_clips(m, copies, frames) for m in self.maps)
        return Condition(repeat_clips(self.fields, copies, frames), mean, maps)
