"""What sampling takes from the frame before: the model's own samples as history, or noise moved along."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from downbench_methods.base.network import Batch, Drawn
from downbench_methods.diffusion.samplers import Solver
from downbench_methods.diffusion.sampling import draw
from downbench_methods.diffusion.tiles import Array, Conditions, Noise, Part, TileSampler
from downbench_methods.fields.noise_in_time import Carry
from downbench_methods.fields.transform import Transform
from downbench_methods.fields.windows import OVERLAP, Window, blend, scaled
from downbench_methods.ofdiff.model import OFDiffModel
from downbench_methods.ofdiff.warp import carry


def carrier(sampler: TileSampler) -> Carry:
    """What moves noise of one frame of a tile to the next, by the flow between their predictions."""
    model = sampler.model
    assert isinstance(model, OFDiffModel)

    def flow(frame: int) -> Array:
        def work(window: Window) -> Array:
            y, x = scaled(window, sampler.factor)
            coarse = sampler.coarse[sampler.seen([frame])][..., *window]
            estimated = model.condition(coarse, sampler.relief[None, :, y, x]).flow
            assert estimated is not None
            return estimated[0, :2].cpu().numpy()

        return blend(work, sampler.height, sampler.width, sampler.window, OVERLAP, sampler.factor)

    def carried(noise: Array, frame: int) -> tuple[Array, NDArray[np.bool_]]:
        with torch.inference_mode():
            moved, inside = carry(torch.from_numpy(noise)[None], torch.from_numpy(flow(frame))[None])
        return moved[0].numpy(), inside[0, 0].numpy()

    return carried


class Rollout(TileSampler):
    """Samples frame by frame from the first one on, each given the ``order`` samples before it."""

    model: OFDiffModel
    history: Array  # of members, (members, order, H, W)

    def run(self, start: int, members: int, noise: Noise) -> Iterator[Part]:
        """Sample all frames; before the first one there is its prediction."""
        first = self._first_mean()
        self.history = np.repeat(np.repeat(first[None], self.model.past, 1), members, 0)
        for frame in range(self.length):
            frames, rain = self._part(frame, slice(None), noise)
            self.history = np.concatenate([self.history[:, 1:], rain], 1)
            yield frames, rain

    def condition(self, coarse: Tensor, relief: Tensor, window: Window) -> Conditions:
        """What the denoiser sees of a frame in a window: each member has a history of its own."""
        y, x = scaled(window, self.factor)
        history = torch.from_numpy(self.history[..., y, x]).to(self.device)
        return lambda members: self.model.condition(coarse, relief[None], history[members])

    def _first_mean(self) -> Array:
        """Deterministic prediction of transformed rain of the first frame, (1, H, W)."""

        def work(window: Window) -> Array:
            return self.model.mean(self.coarse[:1][..., *window])[:, 0].cpu().numpy()

        with torch.inference_mode():
            return blend(work, self.height, self.width, self.window, OVERLAP, self.factor)


def rolled_out(
    model: OFDiffModel,
    transform: Transform,
    batch: Batch,
    members: int,
    solver: Solver,
    steps: int,
    conserved: bool,
) -> Drawn:
    """Draw members for the last frame of clips, each frame given the samples of those before it.

    As in :class:`Rollout`, the prediction of the first frame stands for those before it.

    Args:
        batch: training or validation clips.
        conserved: whether members will be scaled to give the coarse rain back.
    """
    b, frames, h, w = batch["fine"].shape
    random = torch.Generator().manual_seed(int(batch["seed"][0]))
    coarse, relief = batch["coarse"], batch["relief"]
    rates = torch.stack([model.coarse_rain(transform, frame) for frame in coarse.unbind(1)], 1)
    history = model.mean(coarse[:, 0]).repeat_interleave(members, 0).expand(-1, model.past, -1, -1)
    rain = history[:, -1:]
    for frame in range(frames):
        seen = [max(frame - k, 0) for k in range(model.past, -1, -1)]
        condition = model.condition(coarse[:, seen], relief, history)
        noise = torch.randn(b * members, 1, h, w, generator=random).to(history.device)
        wanted = rates[:, frame] if conserved else None
        covered = model.covered(coarse[:, frame])
        rain = draw(model, transform, condition, noise, solver, steps, 1, None, wanted, covered)
        history = torch.cat([history[:, 1:], rain], 1)
    inverse = transform.inverse
    made = rain.view(b, members, h, w).transpose(0, 1).cpu().numpy()
    fine, valid = (batch[name][:, -1].cpu().numpy() for name in ("fine", "valid"))
    return Drawn(inverse(made), inverse(fine), rates[:, -1, 0].cpu().numpy(), valid)
