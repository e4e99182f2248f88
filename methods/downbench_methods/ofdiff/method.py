"""OF-Diff as a method of the suite."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

import numpy as np
import torch
import xarray as xr
from numpy.typing import NDArray
from torch import Tensor, nn

from downbench import Config as _Config
from downbench import SampleContext
from downbench_methods.clips import Clips
from downbench_methods.diffusion.wiener import log_variances
from downbench_methods.mass import conserve
from downbench_methods.network_method import NetworkMethod, fair_crps
from downbench_methods.noise_in_time import NoiseInTime
from downbench_methods.ofdiff.configuration import PRESETS, OFDiffConfig
from downbench_methods.ofdiff.model import OFDiffModel
from downbench_methods.ofdiff.sampling import TileSampler, draw
from downbench_methods.transform import coarse_topography

Array = NDArray[np.float32]
EARLY_REFRESHES, REFRESH_EVERY, LAST_REFRESH = (10, 25, 50), 100, 0.7  # steps, steps, share of all steps
REFRESH_CLIPS, FIRST_REFRESH_CLIP = 32, 2**30  # indices that training never reaches
LAST_FIT_PIXELS, LAST_FIT_CLIP = 3_000_000, 2**31
SCALE_CLIPS = 64  # training clips that the residual's scale is taken from


class OFDiff(NetworkMethod):
    """Optical-flow diffusion: warp the frame before, add a diffused residual (arXiv 2312.06071v1)."""

    Config: ClassVar[type[_Config]] = OFDiffConfig
    presets = PRESETS
    sampling_parameters = frozenset(
        {"solver", "steps", "spacing", "noise_memory", "batch_pixels", "window", "conserve"}
    )

    def build(self) -> OFDiffModel:
        """Make the three networks."""
        relief = 1 + len(self.transform.names) if self.transform.topography is not None else None
        return OFDiffModel(self.config, self.transform.channels, self.factor, relief)

    def prepare(self, clips: Clips) -> None:
        """Scale the residual to about unit variance: that of interpolated coarse rain stands for it."""
        model = self.module
        assert isinstance(model, OFDiffModel)
        batch = clips.batch(range(SCALE_CLIPS))
        rain = model.upsample(batch["coarse"][:, -1, :1])
        valid = batch["valid"][:, -1:]
        difference = batch["fine"][:, -1:] - rain
        spread = difference[valid].square().mean().sqrt() if valid.any() else torch.ones(())
        model.residual_scale.copy_(spread.clamp(min=1e-3))
        model.band_variances.copy_(log_variances(difference / model.residual_scale, valid)[:, None, None])

    def before_step(self, clips: Clips, step: int) -> None:
        """Fit the normal scores anew, often at first and no more near the end."""
        model, last = self.module, LAST_REFRESH * self.config.train_steps
        assert isinstance(model, OFDiffModel)
        if step <= last and (step in EARLY_REFRESHES or step % REFRESH_EVERY == 0):
            first = FIRST_REFRESH_CLIP + step * REFRESH_CLIPS
            batch = self._on_device(clips.batch(range(first, first + REFRESH_CLIPS)))
            model.fit_scores([batch])
            model.fit_bands(batch)

    def finish(self, clips: Clips) -> None:
        """Fit the normal scores to the predictions of the chosen weights, on many clips.

        In training they were those of other weights, and of fewer clips: their highest quantiles, which make
        the extremes, were rough.
        """
        model, config = self.module, self.config
        assert isinstance(model, OFDiffModel)
        batches = max(1, LAST_FIT_PIXELS // (config.batch * config.clip * config.patch**2))
        first, size = LAST_FIT_CLIP, config.batch
        parts = [range(first + k * size, first + (k + 1) * size) for k in range(batches)]
        model.fit_scores([self._on_device(clips.batch(part)) for part in parts[: max(config.train_steps, 1)]])

    def _on_device(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        assert isinstance(self.module, OFDiffModel)
        return {name: value.to(self.module.residual_scale.device) for name, value in batch.items()}

    def _small_ensemble(self, module: OFDiffModel, batch: dict[str, Tensor]) -> Array:
        """Sample the last frame of clips, (members, B, H, W), transformed."""
        members = self.config.score_members if self.config.diffusion else 1
        order, (b, _, h, w) = self.config.order, batch["fine"].shape
        coarse = batch["coarse"][:, -order - 1 :]
        mean = module.mean(coarse.flatten(0, 1)).view(b, -1, h, w)
        previous = batch["fine"][:, -order - 1 : -1] if self.config.history == "generated" else mean[:, :-1]
        condition = module.condition(previous, coarse, batch["relief"], mean[:, -1:])
        generator = torch.Generator().manual_seed(int(batch["time"][0]))
        noise = torch.randn(b * members, 1, h, w, generator=generator).to(coarse.device)
        rain = draw(module, self.transform, condition, noise, "dpmpp", self.config.score_steps)
        return rain.view(b, members, h, w).movedim(1, 0).cpu().numpy()

    def _crps(self, members: Array, truth: Array) -> float:
        """Mean fair CRPS [mm/h] of transformed members (M, n) and truth (n,)."""
        return float(fair_crps(self.transform.inverse(members), self.transform.inverse(truth)).mean())

    def score(self, module: nn.Module, validation: Clips, device: str) -> dict[str, float]:
        """Loss and fair CRPS [mm/h] of a small ensemble on fixed validation clips."""
        assert isinstance(module, OFDiffModel)
        batch = {k: v.to(device) for k, v in validation.batch(range(self.config.score_clips)).items()}
        losses = {name: float(value) for name, value in module(batch, 0).items()}
        members = self._small_ensemble(module, batch)
        valid = batch["valid"][:, -1].cpu().numpy()
        truth = batch["fine"][:, -1].cpu().numpy()
        return {"score": self._crps(members[:, valid], truth[valid]) if valid.any() else 0.0, **losses}

    def sample(
        self, coarse: xr.Dataset, static: xr.Dataset, members: int, context: SampleContext
    ) -> Iterator[xr.DataArray]:
        """Yield members, (member, time, y, x) in mm/h; one member without diffusion."""
        members = members if self.config.diffusion else 1
        model = self.fitted(context.device)
        assert isinstance(model, OFDiffModel)
        channels = self.transform.coarse(coarse, coarse_topography(static, self.factor))
        height, width = (n * self.factor for n in channels.shape[-2:])
        relief = np.zeros((0, height, width), np.float32)
        if self.transform.topography is not None:
            relief = self.transform.relief(static["topography"].to_numpy())[None]
        sampler = TileSampler(self.config, model, self.transform, channels, relief, context.device)
        area = static["area"].to_numpy() if "area" in static else None
        times = coarse["time"].to_numpy()
        chained = self.config.history == "generated"
        together = 1 if chained else max(1, self.config.batch_pixels // (members * sampler.pixels))
        past = np.repeat(sampler.mean([0] * self.config.order)[None], members, 0) if chained else None
        white = NoiseInTime(context, members, times, (height, width), self.config.noise_memory)
        for first in range(0 if chained else context.start, len(times), together):
            frames = list(range(first, min(first + together, len(times))))
            z = sampler.frames(frames, white.take(frames), past)
            if past is not None:
                past = np.concatenate([past[:, 1:], z], 1)
            context.progress(frames[-1] + 1, len(times), "")
            rain = self.transform.inverse(z)
            if self.config.conserve:
                rain = conserve(rain, coarse["precipitation"].to_numpy()[frames], self.factor, area)
            yield xr.DataArray(rain, dims=("member", "time", "y", "x"), coords={"time": times[frames]})

    @classmethod
    def parameters(cls, config: _Config, predictors: int) -> Mapping[str, int]:
        """Number of parameters of the networks, for so many coarse channels (topography included)."""
        assert isinstance(config, OFDiffConfig)
        with torch.device("meta"):
            model = OFDiffModel(config, predictors, 8, None)
        names = {"downscaler": "swinir" if config.mean_network == "swin-ir" else config.mean_network}
        counts = {
            names.get(name, name): sum(p.numel() for p in network.parameters())
            for name, network in model.named_children()
            if name != "scores"
        }
        return {**counts, "total": sum(counts.values())}
