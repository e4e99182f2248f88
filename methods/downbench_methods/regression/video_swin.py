"""``video-swin``: deterministic video super-resolution by a transformer over clips.

Every frame is predicted from the coarse frames around it, past and future (``networks/clip_swin.py``). The
window slides, where VRT works through long clips and RVRT and PSRT hand features on from frame to frame, so
any sequence can be cut anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, ClassVar, Self

import numpy as np
import torch
import xarray as xr
from numpy.typing import NDArray
from pydantic import PositiveInt, model_validator
from torch import Tensor, nn

from downbench import Config as _Config
from downbench import SampleContext
from downbench_methods.base.network import NetworkMethod
from downbench_methods.fields.mass import conserve
from downbench_methods.fields.transform import coarse_topography
from downbench_methods.fields.windows import Window, blend
from downbench_methods.networks.clip_swin import ClipSwinIR
from downbench_methods.networks.mean import build_swinir
from downbench_methods.ofdiff.configuration import SwinIRConfig
from downbench_methods.regression.methods import SwinIR
from downbench_methods.training.clips import Clips
from downbench_methods.training.losses import masked_mse
from downbench_methods.training.presets import common, merge

Array = NDArray[np.float32]
OVERLAP = 8  # coarse cells that neighbouring windows share


class VideoSwinConfig(SwinIRConfig):
    """Parameters; ``clip`` is the frames that a prediction sees."""

    clip: PositiveInt = 5
    conserve: bool = False  # whether predictions are scaled to give the coarse rain back
    score_clips: PositiveInt = 64
    batch_pixels: PositiveInt = 2**18  # fine pixels predicted at once
    window: PositiveInt = 1024  # fine cells a side above which a tile is predicted in overlapping windows

    @model_validator(mode="after")
    def _odd(self) -> Self:
        if self.clip % 2 == 0:
            raise ValueError(f"clip {self.clip} has no middle frame: take an odd number")
        return self


class VideoSwinModel(nn.Module):
    """The network with its loss."""

    def __init__(self, config: VideoSwinConfig, channels: int, factor: int) -> None:
        super().__init__()
        self.network = build_swinir(config, channels, factor, partial(ClipSwinIR, frames=config.clip))
        self.middle = config.clip // 2

    def forward(self, batch: dict[str, Tensor], seed: int) -> dict[str, Tensor]:
        """Squared error of the middle frame of clips: coarse (B, T, C, h, w), fine and valid (B, T, H, W)."""
        rain = self.network(batch["coarse"])[:, 0]
        return {"loss": masked_mse(rain, batch["fine"][:, self.middle], batch["valid"][:, self.middle])}


class VideoSwin(NetworkMethod):
    """Window attention over clips, squared error."""

    Config: ClassVar[type[_Config]] = VideoSwinConfig
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = merge(
        common(SwinIR.presets, VideoSwinConfig.model_fields),
        smoke={"clip": 3},
        tiny={"clip": 5, "train_steps": 1250},
        small={"clip": 5},
        paper={"clip": 5},
    )
    sampling_parameters = frozenset({"batch_pixels", "window", "conserve"})

    def build(self) -> VideoSwinModel:
        """Make the network."""
        return VideoSwinModel(self.config, self.transform.channels, self.factor)

    def score(self, module: nn.Module, validation: Clips, device: str) -> dict[str, float]:
        """Squared error on fixed validation clips."""
        examples = validation.batch(range(self.config.score_clips))
        batch = {name: value.to(device) for name, value in examples.items()}
        return {"score": float(module(batch, 0)["loss"])}

    def sample(
        self, coarse: xr.Dataset, static: xr.Dataset, members: int, context: SampleContext
    ) -> Iterator[xr.DataArray]:
        """Yield one member, (1, time, y, x) in mm/h."""
        model = self.fitted(context.device)
        assert isinstance(model, VideoSwinModel)
        channels = self.transform.coarse(coarse, coarse_topography(static, self.factor))
        fields = torch.from_numpy(channels).to(context.device)
        area = static["area"].to_numpy() if "area" in static else None
        times, rates = coarse["time"].to_numpy(), coarse["precipitation"].to_numpy()
        height, width = channels.shape[-2:]
        together = max(1, self.config.batch_pixels // (height * width * self.factor**2))
        for first in range(context.start, len(times), together):
            frames = slice(first, min(first + together, len(times)))
            z = self._predict(model, fields, range(frames.start, frames.stop))
            rain = self.transform.inverse(np.clip(z, *self.transform.bounds))[None]
            if self.config.conserve:
                rain = conserve(rain, rates[frames], self.factor, area)
            context.progress(frames.stop, len(times), "")
            yield xr.DataArray(rain, dims=("member", "time", "y", "x"), coords={"time": times[frames]})

    def _predict(self, model: VideoSwinModel, fields: Tensor, frames: range) -> Array:
        """Transformed rain (frames, H, W) from coarse fields of the whole sequence (T, C, h, w)."""
        reach = torch.arange(self.config.clip) - self.config.clip // 2
        # the first and the last frame stand for those beyond them
        seen = (torch.tensor(frames)[:, None] + reach).clamp(0, len(fields) - 1)  # (frames, clip)
        window = max(self.config.window // self.factor, 2 * OVERLAP)

        def work(place: Window) -> Array:
            out: Array = model.network(fields[..., *place][seen])[:, 0].float().cpu().numpy()
            return out

        with torch.inference_mode():
            return blend(work, fields.shape[-2], fields.shape[-1], window, OVERLAP, self.factor)

    @classmethod
    def parameters(cls, config: _Config, predictors: int) -> Mapping[str, int]:
        """Number of parameters for so many coarse channels (topography included)."""
        assert isinstance(config, VideoSwinConfig)
        with torch.device("meta"):
            model = VideoSwinModel(config, predictors, 8)
        return {"network": sum(p.numel() for p in model.parameters())}
