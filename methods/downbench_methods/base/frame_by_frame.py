"""Methods that predict every frame on its own, in one evaluation of a network, from noise or without."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, TypeVar

import numpy as np
import torch
from pydantic import PositiveInt
from torch import Tensor, nn
from torch.nn import functional as F

from downbench import SampleContext, parameter
from downbench_methods.base.network import Batch, Drawn, NetworkConfig, NetworkMethod, fair_crps
from downbench_methods.base.pacing import paced
from downbench_methods.base.sampling import Array, Part, Tile
from downbench_methods.fields.windows import OVERLAP, Window, blend, coarse_side, scaled
from downbench_methods.networks.frame import FrameNetwork
from downbench_methods.training.clips import Clips
from downbench_methods.training.draws import example_normal

LEAK = 0.1  # share of its gradient that a dry pixel keeps


class FrameConfig(NetworkConfig):
    """Parameters of training on frames, and of sampling them."""

    clip: PositiveInt = parameter(1, "Successive frames of a training example.", "frames")
    score_members: PositiveInt = parameter(4, "Members that a checkpoint is chosen by, of an ensemble.")


Frames = TypeVar("Frames", bound=FrameConfig)
Module = TypeVar("Module", bound=nn.Module)


class FrameModel(nn.Module):
    """A network with what it takes to train it.

    Args:
        dry: transformed rain below which there is none; None lets the network go below it.
    """

    def __init__(self, network: FrameNetwork, dry: float | None = None) -> None:
        super().__init__()
        self.network, self.dry = network, dry

    def predict(self, coarse: Tensor, relief: Tensor, noise: Tensor | None = None) -> Tensor:
        """Transformed rain (B, 1, H, W); the arguments of :class:`FrameNetwork`."""
        rain: Tensor = self.network(coarse, relief, noise)
        if self.dry is None:
            return rain
        return above_dry(rain, self.dry)

    def noise_shape(self, height: int, width: int) -> tuple[int, int, int]:
        """Shape of the noise of a frame of so many coarse cells."""
        density = self.network.noise_density
        return self.network.noise_maps, height * density, width * density

    def members(self, batch: Batch, members: int) -> Tensor:
        """Predict members (M, B T, H, W) of the frames of clips."""
        coarse, relief = batch["coarse"].flatten(0, 1), batch["relief"]
        relief = relief.repeat_interleave(len(coarse) // len(relief), 0)
        if not self.network.noise_maps:
            return self.predict(coarse, relief).movedim(1, 0)
        shape = self.noise_shape(*coarse.shape[-2:])
        noise = example_normal(batch, batch["coarse"].shape[1] * members, *shape).flatten(0, 1)
        rain = self.predict(coarse.repeat_interleave(members, 0), relief.repeat_interleave(members, 0), noise)
        return rain.view(len(coarse), members, *rain.shape[2:]).movedim(1, 0)


class FrameMethod(NetworkMethod[Frames, Module]):
    """A method whose module is a :class:`FrameModel`, or has one as its ``generator``."""

    Config: ClassVar[type[FrameConfig]] = FrameConfig

    def members(self, wanted: int) -> int:
        """One without noise."""
        return wanted if self.module is None or generator(self.module).network.noise_maps else 1

    def drawn(self, module: Module, batch: Batch, members: int) -> Drawn:
        """Draw members for all frames of clips."""
        made = generator(module).members(batch, members).float().cpu().numpy()
        fine, valid = (batch[name].flatten(0, 1).cpu().numpy() for name in ("fine", "valid"))
        coarse = self.transform.rate(batch["coarse"][:, :, 0].flatten(0, 1)).cpu().numpy()
        return Drawn(self.rain(made), self.transform.inverse(fine), coarse, valid)

    def score(self, module: Module, validation: Clips, device: str) -> dict[str, float]:
        """Fair CRPS [mm/h] of a small ensemble on fixed validation clips, or their absolute error."""
        crps, spread, clips = [np.zeros(0)], [np.zeros(0)], self.config.score_clips
        for first in range(0, clips, self.config.batch):
            examples = validation.batch(range(first, min(first + self.config.batch, clips)))
            batch = {name: value.to(device) for name, value in examples.items()}
            made = self.drawn(module, batch, self.config.score_members)
            rain = made.members[:, made.valid]
            crps.append(fair_crps(rain, made.rain[made.valid]))
            spread.append(rain.std(0))
        pixels = max(sum(map(len, crps)), 1)
        mean, spread_mean = (float(np.concatenate(x).sum()) / pixels for x in (crps, spread))
        return {"score": mean, "spread": spread_mean}

    def parts(self, tile: Tile, members: int, context: SampleContext) -> Iterator[Part]:
        """Make the rain of as many frames at once as a batch holds."""
        model = generator(self.fitted(context.device))
        channels, relief = self.channels(tile), self.relief(tile)
        shape = model.noise_shape(*channels.shape[-2:])
        lasting = self.noise_in_time(tile, members, shape, context)
        cells, left = members * tile.size[0] * tile.size[1], range(context.start, len(tile.times))
        pacer = self.pace(tile, members, context)

        def work(frames: range, noise: Array) -> Array:
            z = self._predict(model, channels[frames], relief, noise, context.device, pacer.cells)
            return self.rain(z)

        yield from paced(pacer, left, cells, lasting.take, work)

    def _predict(
        self, model: FrameModel, coarse: Array, relief: Array, noise: Array, device: str, cells: int
    ) -> Array:
        """Transformed rain (M, T, H, W) of coarse (T, C, h, w) and noise (M, T, k, ...), window by window."""
        members, frames = noise.shape[:2]

        def work(window: Window) -> Array:
            fields, fine = (torch.from_numpy(x).to(device) for x in (coarse, relief))
            fields, fine = fields[..., *window], fine[..., *scaled(window, self.factor)]
            fine = fine.expand(frames, *fine.shape)
            white = torch.from_numpy(noise[..., *scaled(window, model.network.noise_density)]).to(device)
            batch = max(1, cells // (frames * fine.shape[-2] * fine.shape[-1]))
            out = []
            for part in torch.split(white, batch):
                seen, relieved = (x.repeat(len(part), 1, 1, 1) for x in (fields, fine))
                out.append(model.predict(seen, relieved, part.flatten(0, 1) if part.shape[2] else None))
            return torch.cat(out).view(members, frames, *fine.shape[-2:]).float().cpu().numpy()

        side = coarse_side(self.config.window, self.factor)
        with torch.inference_mode():
            return blend(work, coarse.shape[-2], coarse.shape[-1], side, OVERLAP, self.factor)


def generator(module: nn.Module) -> FrameModel:
    """The part of a module that makes fields."""
    part = getattr(module, "generator", module)
    assert isinstance(part, FrameModel)
    return part


def above_dry(rain: Tensor, dry: float) -> Tensor:
    """Rain, no less than dry, whose gradient leaks, so that a dry pixel can become wet."""
    above = F.leaky_relu(rain - dry, LEAK)
    return dry + above + (above.relu() - above).detach()
