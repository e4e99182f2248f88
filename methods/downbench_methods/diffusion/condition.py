"""What a denoiser is told, and how it is repeated for members and noise levels."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

Maps = tuple[Tensor, ...]


def repeat_clips(x: Tensor, copies: int, frames: int) -> Tensor:
    """Repeat each clip of ``frames`` frames of (N, ...), copies side by side."""
    return x.reshape(-1, frames, *x.shape[1:]).repeat_interleave(copies, 0).flatten(0, 1)


@dataclass(frozen=True)
class Condition:
    """What the denoiser is told of N frames, worked out once for all members and evaluations."""

    seen: Tensor  # (N, C, H, W), beside the noisy field
    reference: Tensor  # (N, 1, H, W), what rain is compared with: a prediction, or zero
    maps: Maps  # of a network that made the prediction

    def repeat(self, copies: int, frames: int) -> Condition:
        """Repeat each clip of ``frames`` frames, copies side by side."""
        if copies == 1:
            return self
        maps = tuple(repeat_clips(m, copies, frames) for m in self.maps)
        seen, reference = (repeat_clips(x, copies, frames) for x in (self.seen, self.reference))
        return Condition(seen, reference, maps)

    def detach(self) -> Condition:
        """The same, through which nothing is learned."""
        maps = tuple(m.detach() for m in self.maps)
        return Condition(self.seen.detach(), self.reference.detach(), maps)


def shared_frames(seed: Tensor, frames: int, overlap: int) -> Tensor:
    """Frames of training clips that are given without noise, (B, frames); seeds of the clips are (B,).

    None in half of the clips, else those that it may share with the clip before, after, or both, so that
    clips can be sampled between clips (as Harvey et al. 2022, arXiv 2205.11495, train on given frames). A
    given frame differs from others by its noise level alone (Chen et al. 2024, arXiv 2407.01392).
    """
    position = torch.arange(frames, device=seed.device)
    case = seed[:, None] % 6
    before, after = (case == 3) | (case == 5), (case == 4) | (case == 5)
    return (before & (position < overlap)) | (after & (position >= frames - overlap))
