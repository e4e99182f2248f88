"""Methods that predict every frame on its own, in one evaluation of a network, from noise or without."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from functools import partial

import numpy as np
import torch
import xarray as xr
from pydantic import PositiveInt
from torch import Tensor, nn
from torch.nn import functional as F

from downbench import Config as _Config
from downbench import SampleContext
from downbench_methods.base.network import Array, Batch, Drawn, NetworkMethod, fair_crps
from downbench_methods.fields.calibration import CalibrationConfig
from downbench_methods.fields.mass import conserve
from downbench_methods.fields.transform import Transform, coarse_topography
from downbench_methods.fields.windows import Window, blend, scaled
from downbench_methods.networks.frame import FrameNetwork
from downbench_methods.training.clips import Clips
from downbench_methods.training.draws import example_normal
from downbench_methods.training.loop import TrainingConfig

OVERLAP = 8  # coarse cells that neighbouring windows share
LEAK = 0.1  # share of its gradient that a dry pixel keeps


class FrameConfig(TrainingConfig):
    """Parameters of training on frames, and of sampling them."""

    clip: PositiveInt = 1
    conserve: bool = False  # whether samples are scaled to give the coarse rain back
    score_clips: PositiveInt = 64  # validation clips for the choice of a checkpoint
    score_members: PositiveInt = 4
    batch_pixels: PositiveInt = 2**18  # fine pixels in one batch of samples
    window: PositiveInt = 1024  # fine cells a side above which a tile is sampled in overlapping windows


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


class FrameMethod(NetworkMethod):
    """A method whose module is a :class:`FrameModel`, or has one as its ``generator``."""

    sampling_parameters = frozenset({"batch_pixels", "window", "conserve"})

    @classmethod
    @abstractmethod
    def module_for(cls, config: _Config, transform: Transform, factor: int) -> nn.Module:
        """Make the untrained module."""

    def build(self) -> nn.Module:
        """Make the untrained module for ``config``, ``transform`` and ``factor``."""
        return self.module_for(self.config, self.transform, self.factor)

    def finish(self, clips: Clips) -> None:
        """Calibrate an ensemble."""
        passes = self.config.calibrate if isinstance(self.config, CalibrationConfig) else 0
        if passes and self.module is not None:
            one = partial(self.drawn, generator(self.module), members=1)
            self.calibrate(clips, self.config.clip, one, passes, self.config.conserve)

    def drawn(self, model: FrameModel, batch: Batch, members: int) -> Drawn:
        """Draw members for all frames of clips."""
        made = model.members(batch, members).float().cpu().numpy()
        fine, valid = (batch[name].flatten(0, 1).cpu().numpy() for name in ("fine", "valid"))
        coarse = self.transform.rate(batch["coarse"][:, :, 0].flatten(0, 1)).cpu().numpy()
        rain = self.transform.inverse(np.clip(made, *self.transform.bounds))
        return Drawn(rain, self.transform.inverse(fine), coarse, valid)

    def score(self, module: nn.Module, validation: Clips, device: str) -> dict[str, float]:
        """Fair CRPS [mm/h] of a small ensemble on fixed validation clips, or their absolute error."""
        crps, spread, clips = [np.zeros(0)], [np.zeros(0)], self.config.score_clips
        for first in range(0, clips, self.config.batch):
            examples = validation.batch(range(first, min(first + self.config.batch, clips)))
            batch = {name: value.to(device) for name, value in examples.items()}
            made = self.drawn(generator(module), batch, self.config.score_members)
            rain = made.members[:, made.valid]
            crps.append(fair_crps(rain, made.rain[made.valid]))
            spread.append(rain.std(0))
        pixels = max(sum(map(len, crps)), 1)
        mean, spread_mean = (float(np.concatenate(x).sum()) / pixels for x in (crps, spread))
        return {"score": mean, "spread": spread_mean}

    def sample(
        self, coarse: xr.Dataset, static: xr.Dataset, members: int, context: SampleContext
    ) -> Iterator[xr.DataArray]:
        """Yield members, (member, time, y, x) in mm/h."""
        model = generator(self.fitted(context.device))
        channels = self.transform.coarse(coarse, coarse_topography(static, self.factor))
        height, width = channels.shape[-2:]
        relief = np.zeros((0, height * self.factor, width * self.factor), np.float32)
        if self.transform.topography is not None:
            relief = self.transform.relief(static["topography"].to_numpy())[None]
        area = static["area"].to_numpy() if "area" in static else None
        times, rates = coarse["time"].to_numpy(), coarse["precipitation"].to_numpy()
        members = members if model.network.noise_maps else 1
        together = max(1, self.config.batch_pixels // (members * height * width * self.factor**2))
        for first in range(context.start, len(times), together):
            frames = slice(first, min(first + together, len(times)))
            shape = model.noise_shape(height, width)
            noise = context.normal(members, times[frames], shape)
            z = self._predict(model, channels[frames], relief, noise, context.device)
            rain = self.transform.inverse(np.clip(z, *self.transform.bounds))
            if self.calibration is not None:
                rain = self.calibration(rain)
            if self.config.conserve:
                rain = conserve(rain, rates[frames], self.factor, area)
            context.progress(frames.stop, len(times), "")
            yield xr.DataArray(rain, dims=("member", "time", "y", "x"), coords={"time": times[frames]})

    def _predict(self, model: FrameModel, coarse: Array, relief: Array, noise: Array, device: str) -> Array:
        """Transformed rain (M, T, H, W) of coarse (T, C, h, w) and noise (M, T, k, ...), window by window."""
        members, frames = noise.shape[:2]
        window = max(self.config.window // self.factor, 2 * OVERLAP)

        def work(place: Window) -> Array:
            fields, fine = (torch.from_numpy(x).to(device) for x in (coarse, relief))
            fields, fine = fields[..., *place], fine[..., *scaled(place, self.factor)]
            fine = fine.expand(frames, *fine.shape)
            white = torch.from_numpy(noise[..., *scaled(place, model.network.noise_density)]).to(device)
            batch = max(1, self.config.batch_pixels // (frames * fine.shape[-2] * fine.shape[-1]))
            out = []
            for part in torch.split(white, batch):
                told, relieved = (x.repeat(len(part), 1, 1, 1) for x in (fields, fine))
                out.append(model.predict(told, relieved, part.flatten(0, 1) if part.shape[2] else None))
            return torch.cat(out).view(members, frames, *fine.shape[-2:]).float().cpu().numpy()

        with torch.inference_mode():
            return blend(work, coarse.shape[-2], coarse.shape[-1], window, OVERLAP, self.factor)

    @classmethod
    def parameters(cls, config: _Config, predictors: int) -> Mapping[str, int]:
        """Number of parameters by network, for so many coarse channels (topography included)."""
        names = tuple(f"field{i}" for i in range(predictors - 1))
        transform = Transform(names=names, fields=((0.0, 1.0),) * len(names))
        with torch.device("meta"):
            module = cls.module_for(config, transform, 8)
        return {name: sum(p.numel() for p in part.parameters()) for name, part in module.named_children()}


def generator(module: nn.Module) -> FrameModel:
    """The part of a module that makes fields."""
    part = getattr(module, "generator", module)
    assert isinstance(part, FrameModel)
    return part


def above_dry(rain: Tensor, dry: float) -> Tensor:
    """Rain, no less than dry, whose gradient leaks, so that a dry pixel can become wet."""
    above = F.leaky_relu(rain - dry, LEAK)
    return dry + above + (above.relu() - above).detach()


def relief_place(transform: Transform) -> int | None:
    """Position of the topography among the coarse channels, or None."""
    return None if transform.topography is None else 1 + len(transform.names)
