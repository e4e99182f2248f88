"""What the diffusion methods share: training, choice of a checkpoint, sampling of a tile."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import numpy as np
import torch
import xarray as xr
from numpy.typing import NDArray
from torch import Tensor, nn

from downbench import Config as _Config
from downbench import SampleContext, UserError
from downbench_methods.clips import Clips
from downbench_methods.diffusion.configuration import DiffusionConfig
from downbench_methods.diffusion.model import DiffusionModel
from downbench_methods.diffusion.sampling import draw
from downbench_methods.diffusion.tiles import TileSampler
from downbench_methods.mass import conserve
from downbench_methods.network_method import NetworkMethod, fair_crps
from downbench_methods.noise_in_time import NoiseInTime
from downbench_methods.transform import coarse_topography

Array = NDArray[np.float32]
REFRESH_EVERY, LAST_REFRESH = 100, 0.7  # steps, share of all steps
REFRESH_CLIPS, FIRST_REFRESH_CLIP = 32, 2**30  # indices that training never reaches
LAST_FIT_PIXELS, LAST_FIT_CLIP = 3_000_000, 2**31
SCALE_CLIPS = 64  # training clips that the scale is taken from


class DiffusionMethod(NetworkMethod):
    """A method whose module is a :class:`DiffusionModel`."""

    Config: ClassVar[type[_Config]] = DiffusionConfig
    Model: ClassVar[type[DiffusionModel]] = DiffusionModel
    early_refreshes: ClassVar[tuple[int, ...]] = (10, 25, 50)  # steps at which normal scores are fitted too
    score_noise: ClassVar[str] = "seed"  # entry of the first validation clip that seeds the noise of scoring
    sampling_parameters = frozenset(
        {"solver", "steps", "batch_pixels", "window", "conserve", "spacing", "noise_memory"}
    )

    def __init__(self, config: _Config | None = None) -> None:
        super().__init__(config)
        if self.config.time_heads and 2 * self.config.overlap >= self.config.clip:
            raise UserError(
                f"overlap {self.config.overlap} is no less than half of a clip of {self.config.clip} frames"
            )
        if self.config.time_heads and self.config.noise_memory != 0:
            raise UserError("noise_memory is for models without attention over time", "set time_heads=0")

    def build(self) -> DiffusionModel:
        """Make the networks."""
        relief = 1 + len(self.transform.names) if self.transform.topography is not None else None
        return self.Model(self.config, self.transform.channels, self.factor, relief)

    def model(self, device: str) -> DiffusionModel:
        """The fitted model."""
        model = self.fitted(device)
        assert isinstance(model, DiffusionModel)
        return model

    def prepare(self, clips: Clips) -> None:
        """Scale what diffusion models to about unit variance."""
        assert isinstance(self.module, DiffusionModel)
        batch = last_frames(clips.batch(range(SCALE_CLIPS)), self.module.frames)
        self.module.measure(batch, untrained=True)

    def before_step(self, clips: Clips, step: int) -> None:
        """Fit the normal scores anew, often at first and no more near the end."""
        model, last = self.module, LAST_REFRESH * self.config.train_steps
        assert isinstance(model, DiffusionModel)
        due = step in self.early_refreshes or (step > 0 and step % REFRESH_EVERY == 0)
        if model.scores is not None and due and step <= last:
            first = FIRST_REFRESH_CLIP + step * REFRESH_CLIPS
            batch = self._on_device(clips.batch(range(first, first + REFRESH_CLIPS)))
            model.fit_scores([batch])
            model.measure(batch)

    def finish(self, clips: Clips) -> None:
        """Fit the normal scores to the predictions of the chosen weights, on many clips.

        In training they were those of other weights, and of fewer clips: their highest quantiles, which make
        the extremes, were rough.
        """
        model, config = self.module, self.config
        assert isinstance(model, DiffusionModel)
        if model.scores is None:
            return
        batches = max(1, LAST_FIT_PIXELS // (config.batch * config.clip * config.patch**2))
        first, size = LAST_FIT_CLIP, config.batch
        parts = [range(first + k * size, first + (k + 1) * size) for k in range(batches)]
        model.fit_scores([self._on_device(clips.batch(part)) for part in parts[: max(config.train_steps, 1)]])

    def _on_device(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        assert isinstance(self.module, DiffusionModel)
        return {name: value.to(self.module.residual_scale.device) for name, value in batch.items()}

    def members(self, wanted: int) -> int:
        """Members that there are when so many are asked for."""
        return wanted

    def score(self, module: nn.Module, validation: Clips, device: str) -> dict[str, float]:
        """Loss and fair CRPS [mm/h] of a small ensemble on fixed validation clips.

        Of clips of a model without attention over time the last frame counts.
        """
        assert isinstance(module, DiffusionModel)
        config: DiffusionConfig = self.config
        batch = {k: v.to(device) for k, v in validation.batch(range(config.score_clips)).items()}
        losses = {name: float(value) for name, value in module(batch, 0).items()}
        count, frames = self.members(config.score_members), module.frames
        b, _, h, w = batch["fine"].shape
        generator = torch.Generator().manual_seed(int(batch[self.score_noise][0]))
        noise = torch.randn(b * count * frames, 1, h, w, generator=generator).to(device)
        condition = module.training_condition(last_frames(batch, module.past + frames))
        rain = draw(module, self.transform, condition, noise, "dpmpp", config.score_steps, frames)
        # (clips, members, frames, H, W)
        members = rain.view(b, count, frames, h, w).transpose(0, 1).flatten(1, 2)
        fine, valid = (batch[name][:, -frames:].flatten(0, 1).cpu().numpy() for name in ("fine", "valid"))
        if not valid.any():
            return {"score": 0.0, **losses}
        ensemble = self.transform.inverse(members.cpu().numpy()[:, valid])
        return {"score": float(fair_crps(ensemble, self.transform.inverse(fine[valid])).mean()), **losses}

    @property
    def sampler(self) -> type[TileSampler]:
        """How the frames of a tile are sampled."""
        return TileSampler

    def sample(
        self, coarse: xr.Dataset, static: xr.Dataset, members: int, context: SampleContext
    ) -> Iterator[xr.DataArray]:
        """Yield members, (member, time, y, x) in mm/h."""
        model, members = self.model(context.device), self.members(members)
        channels = self.transform.coarse(coarse, coarse_topography(static, self.factor))
        size = (channels.shape[-2] * self.factor, channels.shape[-1] * self.factor)
        relief = np.zeros((0, *size), np.float32)
        if self.transform.topography is not None:
            relief = self.transform.relief(static["topography"].to_numpy())[None]
        sampler = self.sampler(model, self.transform, channels, relief, context.device)
        area = static["area"].to_numpy() if "area" in static else None
        times, rates = coarse["time"].to_numpy(), coarse["precipitation"].to_numpy()
        white = NoiseInTime(context, members, times, size, self.config.noise_memory)

        def noise(position: list[int]) -> Array:
            if model.clipwise:
                return context.normal(members, times_at(times, position), size)
            return white.take(position)

        for frames, z in sampler.run(context.start, members, noise):
            rain = self.transform.inverse(z)
            if self.config.conserve:
                rain = conserve(rain, rates[frames], self.factor, area)
            context.progress(frames[-1] + 1, len(times), "")
            yield xr.DataArray(rain, dims=("member", "time", "y", "x"), coords={"time": times[frames]})

    @classmethod
    def parameters(cls, config: _Config, predictors: int) -> Mapping[str, int]:
        """Number of parameters by network, for so many coarse channels (topography included)."""
        assert isinstance(config, DiffusionConfig)
        with torch.device("meta"):
            model = cls.Model(config, predictors, 8, None)
        counts = {
            name: sum(p.numel() for p in network.parameters()) for name, network in model.named_children()
        }
        counts = {name: count for name, count in counts.items() if count}
        return {**counts, "total": sum(counts.values())}


def last_frames(batch: dict[str, Tensor], frames: int) -> dict[str, Tensor]:
    """Clips cut down to their last frames."""
    return {**batch, **{name: batch[name][:, -frames:] for name in ("coarse", "fine", "valid")}}


def times_at(times: NDArray[np.datetime64], position: list[int]) -> NDArray[np.datetime64]:
    """Time stamps of frames, carried on beyond the last one, so that noise is keyed by time there too."""
    step: Any = times[1] - times[0] if len(times) > 1 else np.timedelta64(1, "h")
    last = len(times) - 1
    return np.array([times[min(p, last)] + max(p - last, 0) * step for p in position])
