"""From noise to rain: the diffusion of one batch of clips."""

from __future__ import annotations

import torch
from torch import Tensor

from downbench_methods.diffusion.model import CLEAN, Condition, DiffusionModel
from downbench_methods.diffusion.samplers import SOLVERS, Solver

MOST_SCORE = 4.0  # normal scores beyond it are no rain that was ever seen


def draw(
    model: DiffusionModel,
    condition: Condition,
    noise: Tensor,
    bounds: tuple[float, float] | None,
    solver: Solver,
    steps: int,
    frames: int = 1,
    known: Tensor | None = None,
) -> Tensor:
    """Sample transformed rain.

    Args:
        condition: of B frames.
        noise: standard normal (B members, 1, H, W), members of one clip side by side.
        bounds: least and greatest transformed rain that a prediction may have.
        steps: evaluations of the denoiser.
        frames: of a clip.
        known: rain of frames that stand already, NaN in the others; shaped as ``noise``.

    Returns:
        (B members, 1, H, W).
    """
    condition = condition.repeat(len(noise) // len(condition.fields), frames)
    fixed = torch.zeros_like(noise, dtype=torch.bool) if known is None else known.isfinite()
    given = torch.zeros_like(noise) if known is None else model.encode(known.nan_to_num(), condition)

    def denoise(x: Tensor, logsnr: float) -> Tensor:
        level = torch.where(fixed[:, 0, 0, 0], CLEAN, logsnr)
        residual = model.clean(torch.where(fixed, given, x), level, condition, frames)
        if model.scores is not None:
            residual = residual.clamp(-MOST_SCORE, MOST_SCORE)
        elif bounds is not None:
            residual = model.encode(model.decode(residual, condition).clamp(*bounds), condition)
        return torch.where(fixed, given, residual)

    return model.decode(SOLVERS[solver](denoise, noise, model.sampling_levels(steps)), condition)
