"""From noise to rain: the diffusion of one batch of clips."""

from __future__ import annotations

import torch
from torch import Tensor

from downbench_methods.diffusion.model import Condition, DiffusionModel
from downbench_methods.diffusion.samplers import SOLVERS, Solver

Edges = list[Tensor]  # of each evaluation: predictions (clips, 2 overlap, 1, H, W), first and last frames
MOST_SCORE = 4.0  # normal scores beyond it are no rain that was ever seen


def draw(
    model: DiffusionModel,
    condition: Condition,
    noise: Tensor,
    bounds: tuple[float, float] | None,
    solver: Solver,
    steps: int,
    frames: int = 1,
    overlap: int = 0,
    before: Edges | None = None,
    after: Edges | None = None,
) -> tuple[Tensor, Edges]:
    """Sample transformed rain.

    With ``before`` and ``after``, the first and last frames of the clips were sampled already, as the
    last and first ones of the neighbouring clips: at every evaluation their predictions take the place of
    this clip's (the replacement method of Ho et al. 2022, arXiv 2204.03458, section 3.1). A frame's noise is
    the same in both clips, so its noisy values are too, and the frames between follow them.

    Args:
        condition: of B frames.
        noise: standard normal (B members, 1, H, W), members of one clip side by side.
        bounds: least and greatest transformed rain that a prediction may have.
        steps: evaluations of the denoiser.
        frames: of a clip; overlap: how many it shares with each neighbour.
        before: edges of the clip before; after: of the one after.

    Returns:
        (B members, 1, H, W), and the edges.
    """
    condition = condition.repeat(len(noise) // len(condition.fields), frames)
    edges: Edges = []

    def denoise(x: Tensor, logsnr: float) -> Tensor:
        residual = model.clean(x, x.new_full((len(x),), logsnr), condition, frames)
        if model.scores is not None:
            residual = residual.clamp(-MOST_SCORE, MOST_SCORE)
        elif bounds is not None:
            residual = model.encode(model.decode(residual, condition).clamp(*bounds), condition)
        if overlap == 0:
            return residual
        clips, now = residual.reshape(-1, frames, *residual.shape[1:]).clone(), len(edges)
        if before is not None:
            clips[:, :overlap] = before[now][:, overlap:]
        if after is not None:
            clips[:, -overlap:] = after[now][:, :overlap]
        edges.append(torch.cat([clips[:, :overlap], clips[:, -overlap:]], 1))
        return clips.flatten(0, 1)

    residual = SOLVERS[solver](denoise, noise, model.sampling_levels(steps))
    return model.decode(residual, condition), edges
