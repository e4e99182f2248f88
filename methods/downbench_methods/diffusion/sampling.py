"""From noise to rain: the diffusion of one batch of clips."""

from __future__ import annotations

import torch
from torch import Tensor

from downbench_methods.diffusion.condition import Condition, repeat_clips
from downbench_methods.diffusion.model import CLEAN, DiffusionModel
from downbench_methods.diffusion.samplers import SOLVERS, Solver
from downbench_methods.fields.mass import raise_dry_blocks
from downbench_methods.fields.transform import Transform

MOST_SCORE = 4.0  # normal scores beyond it are no rain that was ever seen


def draw(
    model: DiffusionModel,
    transform: Transform,
    condition: Condition,
    noise: Tensor,
    solver: Solver,
    steps: int,
    frames: int = 1,
    standing: Tensor | None = None,
    wanted: Tensor | None = None,
    covered: Tensor | None = None,
) -> Tensor:
    """Sample transformed rain.

    Args:
        condition: of B frames, or of B members frames where each member has its own.
        noise: standard normal (B members, 1, H, W), members of one clip side by side.
        steps: evaluations of the denoiser.
        frames: of a clip.
        standing: rain of frames that are sampled already, NaN in the others; shaped as ``noise``.
        wanted: coarse rain of the frames in mm/h (B, 1, h, w): blocks should hold some of it; None asks for
            nothing.
        covered: where frames have coarse rain (B, 1, H, W); elsewhere there is no residual, so that the
            denoiser sees beside a gap what it saw in training. None is everywhere.

    Returns:
        (B members, 1, H, W).
    """
    condition = condition.repeat(len(noise) // len(condition.seen), frames)
    if model.denoiser is None:
        return model.direct(condition, noise).clamp(*transform.bounds)
    args = (solver, steps, frames, standing, covered)
    residual = draw_residual(model, transform, condition, noise, *args)
    return rain_of(model, transform, condition, residual, frames, wanted)


def draw_residual(
    model: DiffusionModel,
    transform: Transform,
    condition: Condition,
    noise: Tensor,
    solver: Solver,
    steps: int,
    frames: int = 1,
    standing: Tensor | None = None,
    covered: Tensor | None = None,
) -> Tensor:
    """Sample what diffusion models, (B members, 1, H, W), where each member has its condition; see draw."""
    reference = condition.reference
    fixed = torch.zeros_like(noise, dtype=torch.bool) if standing is None else standing.isfinite()
    encoded = torch.zeros_like(noise) if standing is None else model.encode(standing.nan_to_num(), reference)
    if covered is not None:
        covered = repeat_clips(covered, len(noise) // len(covered), frames)
    most = MOST_SCORE / model.residual_scale

    def denoise(x: Tensor, logsnr: float) -> Tensor:
        level = torch.where(fixed[:, 0, 0, 0], CLEAN, logsnr)
        residual = model.clean(torch.where(fixed, encoded, x), level, condition, frames)
        if model.scores is not None:
            residual = residual.clamp(-most, most)
        elif model.config.clip_residual:
            residual = model.encode(model.decode(residual, reference).clamp(*transform.bounds), reference)
        if covered is not None:
            residual = residual.where(covered, 0)
        return torch.where(fixed, encoded, residual)

    return SOLVERS[solver](denoise, noise, model.sampling_levels(steps))


def rain_of(
    model: DiffusionModel,
    transform: Transform,
    condition: Condition,
    residual: Tensor,
    frames: int,
    wanted: Tensor | None,
) -> Tensor:
    """Transformed rain of what diffusion models, both (B members, 1, H, W); see draw."""
    reference = condition.reference

    def to_rain(residual: Tensor, reference: Tensor) -> Tensor:
        return transform.rate(model.decode(residual, reference))

    if wanted is not None:
        wanted = repeat_clips(wanted, len(residual) // len(wanted), frames)
        residual = raise_dry_blocks(residual, reference, wanted, to_rain)
    return model.decode(residual, reference)
