"""Control ``mean-noise``: OF-Diff's deterministic network plus noise without structure.

An ensemble beats a deterministic prediction in CRPS whatever its structure, so this is what a generative
method has to beat: the same Swin-IR, trained on squared error alone, and in each pixel independent noise with
the residual's own quantiles.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import torch
import xarray as xr
from numpy.typing import NDArray
from torch import Tensor, nn

from downbench import Config as _Config
from downbench import FieldSequence, FitContext, SampleContext, derive_seed
from downbench_methods.base.network import NetworkMethod, fair_crps
from downbench_methods.fields.transform import coarse_topography
from downbench_methods.fields.windows import blend
from downbench_methods.mean_noise.quantiles import ResidualQuantiles, fit_best
from downbench_methods.networks.mean import build_swinir
from downbench_methods.ofdiff.configuration import PRESETS, SwinIRConfig
from downbench_methods.training.clips import Clips
from downbench_methods.training.losses import masked_mse
from downbench_methods.training.presets import common

Array = NDArray[np.float32]
QUANTILES = "quantiles.json"
CLIPS = 256  # validation clips that the residual's quantiles are taken from
WINDOW, OVERLAP = 128, 8  # coarse cells


class MeanModel(nn.Module):
    """Swin-IR with its loss."""

    def __init__(self, config: SwinIRConfig, channels: int, factor: int) -> None:
        super().__init__()
        self.swinir = build_swinir(config, channels, factor)

    def forward(self, batch: dict[str, Tensor], seed: int) -> dict[str, Tensor]:
        """Squared error of every frame of the clips; see ``OFDiffModel.forward``."""
        fine, valid = batch["fine"].flatten(0, 1), batch["valid"].flatten(0, 1)
        return {"loss": masked_mse(self.swinir(batch["coarse"].flatten(0, 1))[:, 0], fine, valid)}


class MeanNoise(NetworkMethod):
    """Deterministic Swin-IR plus white noise with the residual's quantiles."""

    Config: ClassVar[type[_Config]] = SwinIRConfig
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = common(PRESETS, SwinIRConfig.model_fields)
    quantiles: ResidualQuantiles | None = None

    def build(self) -> MeanModel:
        """Make the network."""
        return MeanModel(self.config, self.transform.channels, self.factor)

    def score(self, module: nn.Module, validation: Clips, device: str) -> dict[str, float]:
        """Squared error on fixed validation clips."""
        batch = {name: value.to(device) for name, value in validation.batch(range(32)).items()}
        return {"score": float(module(batch, 0)["loss"])}

    def fit(
        self, train: tuple[FieldSequence, ...], validation: tuple[FieldSequence, ...], context: FitContext
    ) -> None:
        """Train the network on train, then tabulate its residuals on validation."""
        super().fit(train, validation, context)
        usable = tuple(s for s in validation if len(s.times) >= self.config.clip) or train
        clips = self.clips(usable, derive_seed(context.seed, "residuals"))
        model = self.fitted(context.device)
        assert isinstance(model, MeanModel)
        pairs = []
        with torch.inference_mode():
            for clip in clips.in_time_order(CLIPS):
                mean = model.swinir(clip["coarse"].to(context.device))[:, 0].cpu()
                pairs.append(torch.stack([mean, clip["fine"]])[:, clip["valid"]].numpy())
        prediction, truth = np.concatenate(pairs, 1)

        def score(members: Array, truth: Array) -> float:
            return float(fair_crps(self.transform.inverse(members), self.transform.inverse(truth)).mean())

        self.quantiles = fit_best(prediction, truth, score)

    def sample(
        self, coarse: xr.Dataset, static: xr.Dataset, members: int, context: SampleContext
    ) -> Iterator[xr.DataArray]:
        """Yield members, (member, time, y, x) in mm/h."""
        model = self.fitted(context.device)
        assert isinstance(model, MeanModel)
        assert self.quantiles is not None
        channels = self.transform.coarse(coarse, coarse_topography(static, self.factor))
        times = coarse["time"].to_numpy()
        height, width = channels.shape[-2:]
        for t in range(context.start, len(times)):
            frame = torch.from_numpy(channels[t : t + 1]).to(context.device)

            def work(place: tuple[slice, slice], frame: Tensor = frame) -> Array:
                return model.swinir(frame[..., *place])[0, 0].cpu().numpy()

            with torch.inference_mode():
                mean = blend(work, height, width, WINDOW, OVERLAP, self.factor)
            noise = context.normal(members, times[t : t + 1], mean.shape)[:, 0]
            rain = self.transform.inverse(mean + self.quantiles.residual(mean, noise))
            yield xr.DataArray(
                rain[:, None], dims=("member", "time", "y", "x"), coords={"time": times[t : t + 1]}
            )
            context.progress(t + 1, len(times), "")

    def save(self, directory: Path) -> None:
        """Write what :class:`NetworkMethod` writes, and quantiles.json."""
        super().save(directory)
        assert self.quantiles is not None
        (directory / QUANTILES).write_text(json.dumps(self.quantiles.model_dump()), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Restore a fitted method."""
        method = super().load(directory)
        text = (directory / QUANTILES).read_text(encoding="utf-8")
        method.quantiles = ResidualQuantiles.model_validate_json(text)
        return method

    @classmethod
    def parameters(cls, config: _Config, predictors: int) -> Mapping[str, int]:
        """Number of parameters for so many coarse channels (topography included)."""
        assert isinstance(config, SwinIRConfig)
        with torch.device("meta"):
            network = build_swinir(config, predictors, 8)
        return {"swinir": sum(p.numel() for p in network.parameters())}
