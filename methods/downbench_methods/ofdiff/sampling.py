"""From noise to rain: the diffusion of one batch, and the frames of one tile."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from downbench_methods.diffusion.samplers import SOLVERS, Solver
from downbench_methods.diffusion.schedule import solver_levels
from downbench_methods.mass import raise_dry_blocks
from downbench_methods.ofdiff.configuration import OFDiffConfig
from downbench_methods.ofdiff.model import Condition, OFDiffModel
from downbench_methods.transform import Transform
from downbench_methods.windows import blend

Array = NDArray[np.float32]
MOST_SCORE = 4.0  # normal scores beyond it are no rain that was ever seen
OVERLAP = 8  # coarse cells that neighbouring windows share


def draw(
    model: OFDiffModel,
    transform: Transform,
    condition: Condition,
    noise: Tensor,
    solver: Solver,
    steps: int,
    wanted: Tensor | None = None,
) -> Tensor:
    """Sample transformed rain.

    Args:
        condition: of B frames.
        noise: standard normal (B members, 1, H, W), members of one frame side by side.
        steps: evaluations of the denoiser.
        wanted: coarse rain in mm/h (B, 1, h, w), of which blocks should hold some; None asks for nothing.

    Returns:
        (B members, 1, H, W).
    """
    members = len(noise) // len(condition.warped)
    condition = condition.repeat(members)
    if not model.config.diffusion:
        return condition.warped
    reference = model.reference(condition)

    def denoise(x: Tensor, logsnr: float) -> Tensor:
        residual = model.residual(x, x.new_full((len(x),), logsnr), condition)
        if model.scores is not None:
            return residual.clamp(-MOST_SCORE, MOST_SCORE)
        if not model.config.clip_residual:
            return residual
        return model.encode(model.decode(residual, reference).clamp(*transform.bounds), reference)

    def to_rain(residual: Tensor, reference: Tensor) -> Tensor:
        return transform.rate(model.decode(residual, reference))

    levels = solver_levels(model.levels, steps, model.config.spacing)
    residual = SOLVERS[solver](denoise, noise, levels)
    if wanted is not None:
        residual = raise_dry_blocks(residual, reference, wanted.repeat_interleave(members, 0), to_rain)
    return model.decode(residual, reference)


class TileSampler:
    """Samples frames of one tile.

    Args:
        coarse: channels of the whole sequence, (T, C, h, w).
        relief: standardised topography, (0 or 1, H, W).
    """

    def __init__(
        self,
        config: OFDiffConfig,
        model: OFDiffModel,
        transform: Transform,
        coarse: Array,
        relief: Array,
        device: str,
    ) -> None:
        self.model, self.transform, self.config = model, transform, config
        self.factor, self.device = model.factor, device
        self.coarse = torch.from_numpy(coarse).to(device)
        self.relief = torch.from_numpy(relief).to(device)
        self.height, self.width = coarse.shape[-2:]
        self.window = max(self.config.window // self.factor, 2 * OVERLAP)  # coarse cells

    @property
    def pixels(self) -> int:
        """Fine pixels that are worked on together, for one member of one frame."""
        return min(self.height, self.window) * min(self.width, self.window) * self.factor**2

    def frames(self, frames: list[int], noise: Array, previous: Array | None = None) -> Array:
        """Sample frames.

        Args:
            frames: positions in the sequence.
            noise: (members, frames, H, W).
            previous: transformed rain of the ``order`` frames before, (members, order, H, W), for one frame;
                None takes the deterministic predictions.

        Returns:
            Transformed rain (members, frames, H, W).
        """

        def work(place: tuple[slice, slice]) -> Array:
            y, x = (slice(s.start * self.factor, s.stop * self.factor) for s in place)
            past = None if previous is None else torch.from_numpy(previous[..., y, x]).to(self.device)
            white = torch.from_numpy(noise[..., y, x]).to(self.device)
            return self._window(frames, self.coarse[..., *place], self.relief[:, y, x], white, past)

        with torch.inference_mode():
            return blend(work, self.height, self.width, self.window, OVERLAP, self.factor)

    def _window(
        self, frames: list[int], coarse: Tensor, relief: Tensor, noise: Tensor, past: Tensor | None
    ) -> Array:
        """Sample one window; arguments as for :meth:`frames`, cut to the window."""
        members = len(noise)
        batch = max(1, self.config.batch_pixels // (len(frames) * noise.shape[-2] * noise.shape[-1]))
        # the first frame stands for a past that is missing
        order = self.config.order
        past_frames = [[max(t - k, 0) for k in range(order, -1, -1)] for t in frames]
        windows = torch.stack([coarse[frame] for frame in past_frames])  # (B, order + 1, C, h, w)
        wanted = self.transform.rate(windows[:, -1, :1]) if self.config.conserve else None
        out = []
        condition: Condition | None = None
        mean = self.model.mean(windows.flatten(0, 1)).view(len(frames), -1, *noise.shape[-2:])
        if past is None:
            told_relief = relief.expand(len(frames), *relief.shape)
            condition = self.model.condition(mean[:, :-1], windows, told_relief, mean[:, -1:])
        for first in range(0, members, batch):
            white = noise[first : first + batch].transpose(0, 1).reshape(-1, 1, *noise.shape[-2:])
            told = condition
            if told is None:
                assert past is not None
                count = len(white)
                told = self.model.condition(
                    past[first : first + batch],
                    windows.expand(count, *windows.shape[1:]),
                    relief.expand(count, *relief.shape),
                    mean[:, -1:].expand(count, -1, -1, -1),
                )
            rain = draw(
                self.model,
                self.transform,
                told,
                white,
                self.config.solver,
                self.config.steps,
                None if wanted is None else wanted.repeat_interleave(len(told.warped) // len(frames), 0),
            )
            out.append(rain.view(len(frames), -1, *rain.shape[2:]).transpose(0, 1).cpu())
        return torch.cat(out).numpy()

    def mean(self, frames: list[int]) -> Array:
        """Deterministic predictions of transformed rain, (frames, H, W)."""

        def work(place: tuple[slice, slice]) -> Array:
            return self.model.mean(self.coarse[frames][..., *place])[:, 0].cpu().numpy()

        with torch.inference_mode():
            return blend(work, self.height, self.width, self.window, OVERLAP, self.factor)
