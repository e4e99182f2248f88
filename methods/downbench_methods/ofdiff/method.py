"""OF-Diff as a method of the suite."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from torch import nn

from downbench import SampleContext
from downbench_methods.base.network import Batch, Drawn
from downbench_methods.base.sampling import Part, Tile
from downbench_methods.diffusion.method import DiffusionMethod, generator
from downbench_methods.diffusion.model import DiffusionModel
from downbench_methods.diffusion.samplers import Solver
from downbench_methods.diffusion.tiles import TileSampler
from downbench_methods.networks.mean import named
from downbench_methods.ofdiff.configuration import PRESETS, OFDiffConfig
from downbench_methods.ofdiff.model import OFDiffModel
from downbench_methods.ofdiff.moving_noise import MovingNoise
from downbench_methods.ofdiff.sampling import Rollout, carrier, rolled_out
from downbench_methods.training.clips import Clips


class OFDiff(DiffusionMethod[OFDiffConfig]):
    """Optical-flow diffusion: warp the frame before, add a diffused residual (arXiv 2312.06071v1)."""

    Config: ClassVar[type[OFDiffConfig]] = OFDiffConfig
    Model: ClassVar[type[nn.Module]] = OFDiffModel
    coarse_share = 0.07
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = PRESETS

    def members(self, wanted: int) -> int:
        """One member without diffusion."""
        return wanted if self.config.diffusion else 1

    @property
    def sampler(self) -> type[TileSampler]:
        """Frames one by one where each follows from the samples before it."""
        return Rollout if self.config.history == "generated" else TileSampler

    def before_step(self, clips: Clips, step: int) -> None:
        """Fit the normal scores, once where rain is relative to interpolated rain, which does not change."""
        model = generator(self.module)
        assert isinstance(model, OFDiffModel)
        if not model.over_interpolation:
            super().before_step(clips, step)
        elif step == 0:
            batches = list(self.last_batches(clips, self.config.clip))
            model.fit_scores(batches)
            model.measure(batches[0])

    def fit_memory(self, model: DiffusionModel, clips: Clips) -> None:
        """Fit the residual's memory in place, and along the flow if there is one between frames.

        Samples with a generated history are told the one before: they have their memory from it, and what is
        new of each frame has none.
        """
        if self.config.history == "generated":
            return
        super().fit_memory(model, clips)
        assert isinstance(model, OFDiffModel)
        frames = max(model.past + 1, model.residual_past + 2)
        longer = clips.of_length(frames)
        if self.config.flow and model.past > 0 and longer.length == frames:
            model.fit_moving_memory(self.memory_clips(longer), clips.hours)

    def _draw(self, model: DiffusionModel, batch: Batch, members: int, solver: Solver, steps: int) -> Drawn:
        """Draw members for clips; those with a generated history frame by frame, as sampling does."""
        if self.config.history == "deterministic":
            return super()._draw(model, batch, members, solver, steps)
        assert isinstance(model, OFDiffModel)
        return rolled_out(model, self.transform, batch, members, solver, steps, self.config.conserve)

    def parts(self, tile: Tile, members: int, context: SampleContext) -> Iterator[Part]:
        """Make the rain of frames; its noise moves with the flow where the residual does."""
        config = self.config
        moves = config.noise_moves and config.noise_memory == "fitted" and config.history == "deterministic"
        model = generator(self.fitted(context.device))
        assert isinstance(model, OFDiffModel)
        if not moves or not model.moving_memory.any():
            yield from super().parts(tile, members, context)
            return
        channels, relief, pacer = self.channels(tile), self.relief(tile), self.pace(tile, members, context)
        sampler = TileSampler(model, self.transform, channels, relief, context.device, pacer, config.window)
        memory, moved = model.moving_memory.cpu(), carrier(sampler)
        noise = MovingNoise(context, members, tile.times, tile.size, memory, moved)
        for frames, z in sampler.run(context.start, members, noise.take):
            yield frames, self.transform.inverse(z)

    @classmethod
    def cuts(cls, config: OFDiffConfig, declared: tuple[str, ...]) -> tuple[str, ...]:
        """Not in time if each frame is told the samples before it, but by member if each is drawn alone.

        Beside other members a network sees another batch, which changes samples by rounding.
        """
        if config.history == "deterministic":
            return declared
        alone = config.batch_pixels == 1 and cls(config).members(2) == 2
        return (*(cut for cut in declared if cut != "time"), *(("member",) if alone else ()))

    @classmethod
    def finishing(cls, config: OFDiffConfig) -> dict[str, str]:
        """What finishes the samples of a configuration; those with a generated history need no memory."""
        words = super().finishing(config)
        return {k: v for k, v in words.items() if k != "memory" or config.history == "deterministic"}

    @classmethod
    def parameters(cls, config: OFDiffConfig, predictors: int) -> Mapping[str, int]:
        """Number of parameters by network, for so many coarse channels (topography included)."""
        return named(super().parameters(config, predictors), config.mean_network)
