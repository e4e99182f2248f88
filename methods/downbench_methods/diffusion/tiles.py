"""The frames of one tile, clip by clip and window by window."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from downbench_methods.base.pacing import Pacer, paced
from downbench_methods.diffusion.condition import Condition
from downbench_methods.diffusion.model import DiffusionModel
from downbench_methods.diffusion.sampling import draw
from downbench_methods.fields.transform import Transform
from downbench_methods.fields.windows import OVERLAP, Window, blend, coarse_side, scaled

Array = NDArray[np.float32]
Noise = Callable[[list[int]], Array]
Part = tuple[list[int], Array]  # positions of frames, and their transformed rain
Conditions = Callable[[slice], Condition]  # what the denoiser sees, for a slice of the members


class TileSampler:
    """Samples clips of one tile.

    Clips start every ``clip - overlap`` frames from the first frame on. Every other one is sampled alone;
    those between are sampled given the frames that they share with their neighbours, as the model was trained
    to (``shared_frames``). So a frame depends on three clips at most, and the ends of clips show nowhere.
    Without attention over time a clip is one frame.

    Args:
        coarse: channels of the whole sequence, (T, C, h, w).
        relief: standardised topography, (0 or 1, H, W).
        pacer: says how much is sampled at once.
        window: fine cells a side above which windows are sampled.
    """

    def __init__(
        self,
        model: DiffusionModel,
        transform: Transform,
        coarse: Array,
        relief: Array,
        device: str,
        pacer: Pacer,
        window: int = 1024,
    ) -> None:
        self.model, self.config, self.device = model, model.config, device
        self.factor, self.length = model.factor, len(coarse)
        self.frames, self.overlap = model.frames, self.config.overlap if model.clipwise else 0
        self.stride = self.frames - self.overlap
        self.coarse = torch.from_numpy(coarse).to(device)
        self.relief = torch.from_numpy(relief).to(device)
        self.height, self.width = coarse.shape[-2:]
        self.window = coarse_side(window, self.factor)
        self.transform, self.pacer = transform, pacer
        # rain of clips that stand, by clip and window, (members frames, 1, H, W)
        self.standing: dict[tuple[int, int, int], Tensor] = {}

    @property
    def pixels(self) -> int:
        """Fine pixels that are worked on together, for one member of one clip."""
        rows, columns = min(self.height, self.window), min(self.width, self.window)
        return rows * columns * self.factor**2 * self.frames

    def run(self, start: int, members: int, noise: Noise) -> Iterator[Part]:
        """Sample all frames from ``start`` (or somewhat before it).

        Args:
            noise: from positions in the sequence, which may lie beyond its end, to (members, frames, H, W).

        Yields:
            Positions and transformed rain (members, frames, H, W), in order of time.
        """
        count = max(1, -(-(self.length - self.overlap) // self.stride))
        first = min(start // self.stride, count - 1)
        if self.overlap == 0:
            clips, each = range(first, count), members * self.pixels
            for some, rain in paced(self.pacer, clips, each, self._noise_of(noise), self.sample):
                yield self._shown(some, slice(None), rain)
            return
        first = first // 2 * 2
        yield self._part(first, slice(None), noise)
        for clip in range(first + 2, count, 2):
            after = self._part(clip, slice(None), noise)
            yield self._part(clip - 1, slice(self.overlap, self.frames - self.overlap), noise)
            yield after
        if count % 2 == 0:  # the last one has no neighbour after it
            yield self._part(count - 1, slice(self.overlap, None), noise)

    def _part(self, clip: int, kept: slice, noise: Noise) -> Part:
        """Sample a clip and give those frames of it (a slice) that no other clip gives."""
        white, rain = noise(self.positions([clip])), None
        each, after = len(white) * self.pixels, max(self.length // self.stride - clip, 0)
        while rain is None:
            rain = self.pacer.attempt(lambda: self.sample([clip], white), each, after * each)
        return self._shown([clip], kept, rain)

    def _noise_of(self, noise: Noise) -> Callable[[range], Array]:
        return lambda clips: noise(self.positions(clips))

    def _shown(self, clips: Sequence[int], kept: slice, rain: Array) -> Part:
        """The frames of clips that no other clip gives, and their rain."""
        shown = [p for p in self.positions(clips)[kept] if p < self.length]
        return shown, rain[:, kept][:, : len(shown)]

    def positions(self, clips: Sequence[int]) -> list[int]:
        """Frames of clips, side by side; those beyond the end of the sequence are counted on."""
        return [clip * self.stride + i for clip in clips for i in range(self.frames)]

    def sample(self, clips: Sequence[int], noise: Array) -> Array:
        """Transformed rain of clips from noise, both (members, frames of all clips, H, W)."""
        alone = self.overlap == 0 or clips[0] % 2 == 0

        def work(window: Window) -> Array:
            y, x = scaled(window, self.factor)
            white = torch.from_numpy(noise[..., y, x]).to(self.device)
            return self._window(clips, window, self.relief[:, y, x], white, alone)

        with torch.inference_mode():
            out = blend(work, self.height, self.width, self.window, OVERLAP, self.factor)
        if not alone:  # of its neighbours, the one before is no more needed
            self.standing = {key: x for key, x in self.standing.items() if key[0] > clips[0]}
        return out

    def _window(
        self, clips: Sequence[int], window: Window, relief: Tensor, noise: Tensor, alone: bool
    ) -> Array:
        """Sample clips in one window; relief and noise are cut to it."""
        config, members, size = self.config, len(noise), noise.shape[-2:]
        coarse = self.coarse[self.seen(clips)][..., *window]
        conditions = self.condition(coarse, relief, window)
        present = coarse[:, self.model.past :].flatten(0, 1)
        wanted = self.model.coarse_rain(self.transform, present) if config.conserve else None
        covered = self.model.covered(present)
        batch = max(1, self.pacer.cells // (noise.shape[1] * size[0] * size[1]))
        out, standing = [], []
        key = (window[0].start, window[1].start)
        for first in range(0, members, batch):
            white = noise[first : first + batch]
            condition = conditions(slice(first, first + len(white)))
            white = white.reshape(len(white), len(clips), self.frames, *size).transpose(0, 1)
            white = white.reshape(-1, 1, *size)
            shared = None if alone else self._shared(clips[0], key, first, white)
            args = (self.transform, condition, white, config.solver, config.steps, self.frames)
            rain = draw(self.model, *args, shared, wanted, covered)
            if alone and self.overlap:
                standing.append(rain)
            out.append(rain.view(len(clips), -1, self.frames, *size).transpose(0, 1).flatten(1, 2).cpu())
        if standing:
            self.standing[clips[0], *key] = torch.cat(standing)
        return torch.cat(out).numpy()

    def seen(self, clips: Sequence[int]) -> Tensor:
        """Frames that clips see, (clips, past + frames); the first and the last stand for those beyond."""
        first = torch.tensor(clips)[:, None] * self.stride
        return (first + torch.arange(-self.model.past, self.frames)).clamp(0, self.length - 1)

    def condition(self, coarse: Tensor, relief: Tensor, window: Window) -> Conditions:
        """What the denoiser sees of clips in a window: the same for all members."""
        condition = self.model.condition(coarse, relief.expand(len(coarse), *relief.shape))
        return lambda members: condition

    def _shared(self, clip: int, key: tuple[int, int], first: int, like: Tensor) -> Tensor:
        """Rain of the frames that a clip shares with its neighbours, NaN in the others.

        Args:
            key: window; first: member; like: noise (members frames, 1, H, W) from that one on.
        """
        rain = torch.full_like(like, torch.nan).view(-1, self.frames, *like.shape[1:])
        for i, own, theirs in (
            (-1, slice(0, self.overlap), slice(-self.overlap, None)),
            (1, slice(-self.overlap, None), slice(0, self.overlap)),
        ):
            neighbour = self.standing.get((clip + i, *key))
            if neighbour is not None:
                members = neighbour[first * self.frames :][: len(like)]
                rain[:, own] = members.view_as(rain)[:, theirs]
        return rain.flatten(0, 1)
