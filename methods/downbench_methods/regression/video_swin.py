"""``video-swin``: deterministic video super-resolution by a transformer over clips.

Every frame is predicted from the coarse frames around it, past and future (``networks/clip_swin.py``). The
window slides, where VRT works through long clips and RVRT and PSRT hand features on from frame to frame, so
any sequence can be cut anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Self

import numpy as np
import torch
from pydantic import PositiveInt, model_validator
from torch import Tensor, nn

from downbench import SampleContext, parameter
from downbench_methods.base.network import Batch, NetworkConfig, NetworkMethod
from downbench_methods.base.pacing import paced
from downbench_methods.base.sampling import Array, Part, Tile
from downbench_methods.fields.transform import Transform
from downbench_methods.fields.windows import OVERLAP, Window, blend, coarse_side
from downbench_methods.networks.build import SwinIRConfig, build_swinir
from downbench_methods.networks.clip_swin import ClipSwinIR
from downbench_methods.regression.configuration import LossConfig
from downbench_methods.regression.losses import error_loss
from downbench_methods.training.clips import Clips
from downbench_methods.training.presets import FRAMES, SWINIR, common, merge


class VideoSwinConfig(SwinIRConfig, LossConfig, NetworkConfig):
    """Parameters of ``video-swin``."""

    clip: PositiveInt = parameter(5, "Frames that a prediction sees, an odd number.", "frames")

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
        self.config, self.middle = config, config.clip // 2

    def forward(self, batch: Batch, seed: int) -> dict[str, Tensor]:
        """Loss of the middle frame of clips: coarse (B, T, C, h, w), fine and valid (B, T, H, W)."""
        rain = self.network(batch["coarse"])[:, 0]
        fine, valid = (batch[name][:, self.middle] for name in ("fine", "valid"))
        return {"loss": error_loss(self.config, rain, fine, valid)}


class VideoSwin(NetworkMethod[VideoSwinConfig, VideoSwinModel]):
    """Window attention over clips."""

    coarse_share = 1.0  # 4.0 times the time of a step at factor 4, measured on HadUK
    Config = VideoSwinConfig
    presets = merge(
        common(merge(FRAMES, SWINIR), VideoSwinConfig.model_fields),
        smoke={"clip": 3},
        tiny={"clip": 5, "train_steps": 1720},
        small={"clip": 5},
        paper={"clip": 5},
    )

    @classmethod
    def module_for(cls, config: VideoSwinConfig, transform: Transform, factor: int) -> VideoSwinModel:
        """Make the network."""
        return VideoSwinModel(config, transform.channels, factor)

    def members(self, wanted: int) -> int:
        """One."""
        return 1

    def score(self, module: VideoSwinModel, validation: Clips, device: str) -> dict[str, float]:
        """Training's loss on fixed validation clips."""
        examples = validation.batch(range(self.config.score_clips))
        batch = {name: value.to(device) for name, value in examples.items()}
        return {"score": float(module(batch, 0)["loss"])}

    def parts(self, tile: Tile, members: int, context: SampleContext) -> Iterator[Part]:
        """Predict as many frames at once as a batch holds."""
        model = self.fitted(context.device)
        fields = torch.from_numpy(self.channels(tile)).to(context.device)
        cells, left = tile.size[0] * tile.size[1], range(context.start, len(tile.times))
        nothing = np.zeros((1, len(tile.times), 0), np.float32)  # no noise

        def work(frames: range, noise: Array) -> Array:
            return self.rain(self._predict(model, fields, frames))[None]

        pacer = self.pace(tile, members, context)
        yield from paced(pacer, left, cells, lambda frames: nothing[:, : len(frames)], work)

    def _predict(self, model: VideoSwinModel, fields: Tensor, frames: range) -> Array:
        """Transformed rain (frames, H, W) from coarse fields of the whole sequence (T, C, h, w)."""
        reach = torch.arange(self.config.clip) - self.config.clip // 2
        # the first and the last frame stand for those beyond them
        seen = (torch.tensor(frames)[:, None] + reach).clamp(0, len(fields) - 1)  # (frames, clip)

        def work(window: Window) -> Array:
            out: Array = model.network(fields[..., *window][seen])[:, 0].float().cpu().numpy()
            return out

        side = coarse_side(self.config.window, self.factor)
        with torch.inference_mode():
            return blend(work, fields.shape[-2], fields.shape[-1], side, OVERLAP, self.factor)
