"""``enscale-t``: the stages of ``enscale``, each told the fine rain of the frame before, so that it goes on.

After EnScale-t (Schillinger et al. 2025, arXiv 2509.26258), the autoregressive form of EnScale: a frame is
drawn given the one before. In training that is the truth, or nothing in the first frame of a clip; in
sampling it is each member's own rain, from the first frame of a sequence on. How the frame before enters is
ours: as two maps of every stage, its rain on the stage's grid and whether there is one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import numpy as np
import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional as F

from downbench import SampleContext, parameter
from downbench_methods.base.frame_by_frame import generator
from downbench_methods.base.sampling import Part, Tile
from downbench_methods.fields.mass import conserve
from downbench_methods.fields.transform import Transform
from downbench_methods.regression.enscale import Batch, EnScale, EnScaleConfig, EnScaleModel, StagedNetwork
from downbench_methods.training.draws import example_normal
from downbench_methods.training.losses import energy_loss
from downbench_methods.training.presets import merge

PAST_MAPS = 2  # rain of the frame before, and whether there is one


class EnScaleTConfig(EnScaleConfig):
    """Parameters of ``enscale-t``."""

    clip: Annotated[int, Field(ge=2)] = parameter(
        2, "Successive frames of a training example, all but the first given the one before.", "frames"
    )


class PastStages(StagedNetwork):
    """Stages whose noise comes with the frame before as its last two maps."""

    def __init__(self, config: EnScaleTConfig, channels: int, factor: int, relief: int | None) -> None:
        super().__init__(config, channels + PAST_MAPS, factor, relief)

    def stage_noise(self, noise: Tensor, k: int, side: int) -> Tensor:
        """The same, behind the frame before; ``noise`` is (B, k + 2, H, W), see :func:`with_past`."""
        past = F.avg_pool2d(noise[:, -PAST_MAPS:], side)
        return torch.cat([past, super().stage_noise(noise, k, side)], 1)


def with_past(noise: Tensor, past: Tensor | None) -> Tensor:
    """Noise (B, k, H, W), and as further maps the transformed rain (B, H, W) of the frame before, if any."""
    rain = noise.new_zeros(len(noise), *noise.shape[-2:]) if past is None else past
    there = torch.full_like(rain, float(past is not None))
    return torch.cat([noise, torch.stack([rain, there], 1)], 1)


class EnScaleTModel(EnScaleModel):
    """The stages, and the energy score of each given the frame before."""

    def forward(self, batch: Batch, seed: int) -> dict[str, Tensor]:
        """Mean over stages and frames of the fair energy score; arguments as of ``enscale``'s model."""
        m, (b, frames) = self.config.members, batch["coarse"].shape[:2]
        noise = self._noise(batch, m)
        relief, losses = batch["relief"].repeat_interleave(m, 0), {}
        for t in range(frames):
            past = batch["fine"][:, t - 1].repeat_interleave(m, 0) if t else None
            coarse = batch["coarse"][:, t].repeat_interleave(m, 0)
            made = self.network.stages(coarse, relief, with_past(noise[:, t].flatten(0, 1), past))
            for rain in made:
                side = batch["fine"].shape[-1] // rain.shape[-1]
                truth = F.avg_pool2d(batch["fine"][:, t, None], side)[:, 0]
                counts = F.avg_pool2d(batch["valid"][:, t, None].float(), side)[:, 0] == 1
                ensemble = rain.view(b, m, *truth.shape[1:]).movedim(1, 0)
                losses[f"energy_{side}_{t}"] = energy_loss(ensemble, truth, counts, self.config.energy_block)
        return {"loss": torch.stack([*losses.values()]).mean(), **losses}

    def members(self, batch: Batch, members: int) -> Tensor:
        """Roll members (M, B T, H, W) out over the frames of clips."""
        noise, relief = self._noise(batch, members), batch["relief"].repeat_interleave(members, 0)
        past, made = None, []
        for t in range(batch["coarse"].shape[1]):
            coarse = batch["coarse"][:, t].repeat_interleave(members, 0)
            past = self.predict(coarse, relief, with_past(noise[:, t].flatten(0, 1), past))[:, 0]
            made.append(past.view(-1, members, *past.shape[1:]).movedim(1, 0))
        return torch.stack(made, 2).flatten(1, 2)

    def _noise(self, batch: Batch, members: int) -> Tensor:
        """White noise of the frames of clips, (B, T, M, k, H, W)."""
        b, frames = batch["coarse"].shape[:2]
        shape = self.noise_shape(*batch["coarse"].shape[-2:])
        return example_normal(batch, frames * members, *shape).view(b, frames, members, *shape)


class EnScaleT(EnScale):
    """An ensemble from stages, frame after frame."""

    Config = EnScaleTConfig
    presets = merge(
        EnScale.presets,
        smoke={"clip": 2},
        tiny={"clip": 2, "batch": 4},
        small={"clip": 2, "batch": 8},
        paper={"clip": 2, "batch": 1},
    )

    @classmethod
    def module_for(cls, config: EnScaleConfig, transform: Transform, factor: int) -> EnScaleModel:
        """Make the untrained module."""
        assert isinstance(config, EnScaleTConfig)
        network = PastStages(config, transform.channels, factor, transform.relief_channel)
        return EnScaleTModel(network, transform.dry, config)

    def parts(self, tile: Tile, members: int, context: SampleContext) -> Iterator[Part]:
        """Make the rain of frames one by one from the first one on, each given the member's own before."""
        model = generator(self.fitted(context.device))
        channels, relief = self.channels(tile), self.relief(tile)
        lasting = self.noise_in_time(tile, members, model.noise_shape(*channels.shape[-2:]), context)
        cells = self.pace(tile, members, context).cells
        past = np.zeros((members, 1, PAST_MAPS, *tile.size), np.float32)
        for t in range(len(tile.times)):
            noise = np.concatenate([lasting.take([t]), past], 2)
            z = self._predict(model, channels[[t]], relief, noise, context.device, cells)
            rain = self.rain(z)
            if t >= context.start:
                yield [t], rain
            if self.config.conserve:  # what goes on is what will be seen, so that nothing can drift
                rain = conserve(rain, tile.rain[[t]].astype(np.float32), tile.factor, tile.area)
            seen = self.transform.forward(rain)
            past = np.stack([seen, np.ones_like(seen)], 2)
