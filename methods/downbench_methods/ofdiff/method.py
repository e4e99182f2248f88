"""OF-Diff as a method of the suite."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

import numpy as np
import torch
import xarray as xr
from torch import nn

from downbench import Config, SampleContext
from downbench_methods.clips import Clips
from downbench_methods.network_method import NetworkMethod, fair_crps
from downbench_methods.ofdiff.configuration import PRESETS, OFDiffConfig
from downbench_methods.ofdiff.model import OFDiffModel
from downbench_methods.ofdiff.sampling import TileSampler, draw
from downbench_methods.transform import coarse_topography

SCALE_CLIPS = 64  # training clips that the residual's scale is taken from


class OFDiff(NetworkMethod):
    """Optical-flow diffusion: warp the frame before, add a diffused residual (arXiv 2312.06071v1)."""

    Config: ClassVar[type[Config]] = OFDiffConfig
    presets = PRESETS

    def build(self) -> OFDiffModel:
        """Make the three networks."""
        relief = 1 + len(self.transform.names) if self.transform.topography is not None else None
        return OFDiffModel(self.config, self.transform.channels, self.factor, relief)

    def prepare(self, clips: Clips) -> None:
        """Scale the residual to about unit variance: that of interpolated coarse rain stands for it."""
        model = self.module
        assert isinstance(model, OFDiffModel)
        batch = clips.batch(range(SCALE_CLIPS))
        rain = model.upsample(batch["coarse"][:, -1, :1])[:, 0]
        difference = (batch["fine"][:, -1] - rain)[batch["valid"][:, -1]]
        if difference.numel():
            model.residual_scale.fill_(max(float(difference.square().mean().sqrt()), 1e-3))

    def score(self, module: nn.Module, validation: Clips, device: str) -> dict[str, float]:
        """Loss and fair CRPS [mm/h] of a small ensemble on fixed validation clips."""
        assert isinstance(module, OFDiffModel)
        config: OFDiffConfig = self.config
        batch = {k: v.to(device) for k, v in validation.batch(range(config.score_clips)).items()}
        losses = {name: float(value) for name, value in module(batch, 0).items()}
        coarse, (b, _, h, w) = batch["coarse"][:, -3:], batch["fine"].shape
        mean = module.mean(coarse.flatten(0, 1)).view(b, 3, h, w)
        previous = batch["fine"][:, -3:-1] if config.history == "generated" else mean[:, :2]
        condition = module.condition(previous, coarse, batch["relief"], mean[:, 2:])
        generator = torch.Generator().manual_seed(1)
        noise = torch.randn(b * config.score_members, 1, h, w, generator=generator).to(device)
        bounds = self.transform.bounds if config.clip_residual else None
        rain = draw(module, condition, noise, bounds).view(b, -1, h, w).movedim(1, 0)
        truth = self.transform.inverse(batch["fine"][:, -1].cpu().numpy())
        crps = fair_crps(self.transform.inverse(rain.cpu().numpy()), truth)
        valid = batch["valid"][:, -1].cpu().numpy()
        return {"score": float(crps[valid].mean()) if valid.any() else 0.0, **losses}

    def sample(
        self, coarse: xr.Dataset, static: xr.Dataset, members: int, context: SampleContext
    ) -> Iterator[xr.DataArray]:
        """Yield members, (member, time, y, x) in mm/h."""
        model = self.fitted(context.device)
        assert isinstance(model, OFDiffModel)
        channels = self.transform.coarse(coarse, coarse_topography(static, self.factor))
        height, width = (n * self.factor for n in channels.shape[-2:])
        relief = np.zeros((0, height, width), np.float32)
        if self.transform.topography is not None:
            relief = self.transform.relief(static["topography"].to_numpy())[None]
        sampler = TileSampler(model, self.transform, channels, relief, context.device)
        times = coarse["time"].to_numpy()
        chained = self.config.history == "generated"
        together = 1 if chained else max(1, self.config.batch_pixels // (members * sampler.pixels))
        past = sampler.start(members) if chained else None
        for first in range(0 if chained else context.start, len(times), together):
            frames = list(range(first, min(first + together, len(times))))
            noise = context.normal(members, times[frames], (height, width))
            z = sampler.frames(frames, noise, past)
            if past is not None:
                past = np.concatenate([past[:, 1:], z], 1)
            context.progress(frames[-1] + 1, len(times), "")
            rain = self.transform.inverse(z)
            yield xr.DataArray(rain, dims=("member", "time", "y", "x"), coords={"time": times[frames]})

    @classmethod
    def parameters(cls, config: Config, predictors: int) -> Mapping[str, int]:
        """Number of parameters of the three networks, for so many coarse channels (topography included)."""
        assert isinstance(config, OFDiffConfig)
        with torch.device("meta"):
            model = OFDiffModel(config, predictors, 8, None)
        counts = {
            name: sum(p.numel() for p in getattr(model, name).parameters())
            for name in ("swinir", "flow", "denoiser")
        }
        return {**counts, "total": sum(counts.values())}
