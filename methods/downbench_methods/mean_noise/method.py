"""Control ``mean-noise``: OF-Diff's deterministic network plus noise without structure.

An ensemble beats a deterministic prediction in CRPS whatever its structure, so this is what a generative
method has to beat: the same Swin-IR, trained on squared error alone, and in each pixel independent noise with
the residual's own quantiles. Its samples are finished as those of every ensemble.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, Self, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from downbench import FieldSequence, FitContext, SampleContext, derive_seed, parameter
from downbench_methods.base.network import (
    LAST_FIT_CLIP,
    Batch,
    NetworkConfig,
    NetworkMethod,
    clips_device,
    fair_crps,
)
from downbench_methods.base.pacing import paced
from downbench_methods.base.sampling import Array, Part, Tile
from downbench_methods.fields.finishing import FINISHING
from downbench_methods.fields.noise_in_time import fitted_memory
from downbench_methods.fields.transform import Transform
from downbench_methods.fields.windows import OVERLAP, Window, blend, coarse_side
from downbench_methods.mean_noise.quantiles import ResidualQuantiles, fit_best
from downbench_methods.networks.build import SwinIRConfig, build_swinir
from downbench_methods.training.clips import Clips
from downbench_methods.training.losses import masked_mse
from downbench_methods.training.presets import SWINIR, TRAINING, common, merge

QUANTILES = "quantiles.json"
CLIPS = 256  # validation clips that the residual's quantiles are taken from
SCORED_CLIPS = 128  # training clips that the residual's memory and structure are taken from


class NoiseConfig(NetworkConfig):
    """Parameters of noise over a deterministic network, but for the network's sizes."""

    score_clips: int = parameter(32, "Validation clips that a checkpoint is chosen on.", ge=1)


class MeanModel(nn.Module):
    """A network from coarse frames (N, C, h, w) to transformed rain (N, 1, H, W), with its loss."""

    def __init__(self, name: str, network: nn.Module) -> None:
        super().__init__()
        self.name = name
        self.add_module(name, network)

    def predict(self, coarse: Tensor) -> Tensor:
        """The network's prediction."""
        out: Tensor = self.get_submodule(self.name)(coarse)
        return out

    def forward(self, batch: Batch, seed: int) -> dict[str, Tensor]:
        """Squared error of every frame of the clips; see ``OFDiffModel.forward``."""
        fine, valid = batch["fine"].flatten(0, 1), batch["valid"].flatten(0, 1)
        return {"loss": masked_mse(self.predict(batch["coarse"].flatten(0, 1))[:, 0], fine, valid)}


Sizes = TypeVar("Sizes", bound=NoiseConfig)


class NoiseOverMean(NetworkMethod[Sizes, MeanModel]):
    """A deterministic network plus white noise with the residual's quantiles."""

    Config: ClassVar[type[NoiseConfig]] = NoiseConfig
    quantiles: ResidualQuantiles | None = None

    def score(self, module: MeanModel, validation: Clips, device: str) -> dict[str, float]:
        """Squared error on fixed validation clips."""
        examples = validation.batch(range(self.config.score_clips))
        batch = {name: value.to(device) for name, value in examples.items()}
        return {"score": float(module(batch, 0)["loss"])}

    def finish(self, clips: Clips, held_out: tuple[FieldSequence, ...], context: FitContext) -> None:
        """Tabulate the network's residuals on validation (or training) data, and fit what finishes them."""
        sequences = held_out or tuple(source.sequence for source in clips.sources)
        self.quantiles = self.residuals(
            self.clips(sequences, derive_seed(context.seed, "residuals")), context
        )
        super().finish(clips, held_out, context)

    def residuals(self, clips: Clips, context: FitContext) -> ResidualQuantiles:
        """Quantiles of what the network leaves of clips."""
        model, pairs = self.fitted(context.device), []
        with torch.inference_mode():
            for clip in clips.in_time_order(CLIPS):
                mean = model.predict(clip["coarse"].to(context.device))[:, 0].cpu()
                pairs.append(torch.stack([mean, clip["fine"]])[:, clip["valid"]].numpy())
        prediction, truth = np.concatenate(pairs, 1)

        def score(members: Array, truth: Array) -> float:
            return float(fair_crps(self.transform.inverse(members), self.transform.inverse(truth)).mean())

        return fit_best(prediction, truth, score)

    def residual_memory(self, clips: Clips) -> float:
        """That of the normal scores of the residual."""
        scores, valid = self.training_scores(clips)
        self.fit_structure(scores, valid)
        return fitted_memory(torch.from_numpy(scores), torch.from_numpy(valid), clips.hours)

    def fit_structure(self, scores: Array, valid: NDArray[np.bool_]) -> None:
        """Fit the structure of noise in space to normal scores (n, 2, H, W); here there is none."""

    def training_scores(self, clips: Clips) -> tuple[Array, NDArray[np.bool_]]:
        """Normal scores of the residual of pairs of training frames, (n, 2, H, W), and where they count."""
        assert self.module is not None
        assert self.quantiles is not None
        pairs, scores, valid = clips.of_length(2), [], []
        for first in range(LAST_FIT_CLIP, LAST_FIT_CLIP + SCORED_CLIPS, self.config.batch):
            batch = pairs.batch(range(first, first + self.config.batch))
            coarse = batch["coarse"].to(clips_device(self.module))
            with torch.inference_mode():
                mean = self.module.predict(coarse.flatten(0, 1))[:, 0].cpu().numpy()
            fine = batch["fine"].numpy()
            scores.append(self.quantiles.scores(mean.reshape(fine.shape), fine, self.transform.dry))
            valid.append(batch["valid"].numpy())
        return np.concatenate(scores), np.concatenate(valid)

    def ensemble(self, mean: Array, noise: Array) -> Array:
        """Rain [mm/h] of transformed predictions (...) and standard normal noise (members, ...)."""
        assert self.quantiles is not None
        return self.transform.inverse(mean + self.quantiles.residual(mean, noise))

    def white_shape(self, size: tuple[int, int]) -> tuple[int, int]:
        """Shape of the white noise that the noise of a frame of some size is made of."""
        return size

    def structured(self, white: Array) -> Array:
        """The noise of frames, (..., y, x), from white noise of :meth:`white_shape`."""
        return white

    def parts(self, tile: Tile, members: int, context: SampleContext) -> Iterator[Part]:
        """Make the rain of as many frames at once as a batch holds."""
        model, channels = self.fitted(context.device), self.channels(tile)
        height, width = channels.shape[-2:]
        side = coarse_side(self.config.window, self.factor)
        lasting = self.noise_in_time(tile, members, self.white_shape(tile.size), context)

        def work(frames: range, white: Array) -> Array:
            seen = torch.from_numpy(channels[frames]).to(context.device)

            def predict(window: Window) -> Array:
                return model.predict(seen[..., *window])[:, 0].float().cpu().numpy()

            with torch.inference_mode():
                mean = blend(predict, height, width, side, OVERLAP, self.factor)
            return self.ensemble(mean, self.structured(white))

        cells, left = members * tile.size[0] * tile.size[1], range(context.start, len(tile.times))
        yield from paced(self.pace(tile, members, context), left, cells, lasting.take, work)

    def save(self, directory: Path) -> None:
        """Write what :class:`NetworkMethod` writes, and quantiles.json."""
        super().save(directory)
        assert self.quantiles is not None
        (directory / QUANTILES).write_text(self.quantiles.model_dump_json(), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Restore a fitted method."""
        method = super().load(directory)
        text = (directory / QUANTILES).read_text(encoding="utf-8")
        method.quantiles = ResidualQuantiles.model_validate_json(text)
        return method


class MeanNoiseConfig(SwinIRConfig, NoiseConfig):
    """Parameters of ``mean-noise``; the defaults are the sizes of OF-Diff's Swin-IR."""


class MeanNoise(NoiseOverMean[MeanNoiseConfig]):
    """Deterministic Swin-IR plus white noise with the residual's quantiles."""

    Config = MeanNoiseConfig
    presets = merge(
        common(merge(TRAINING, SWINIR, FINISHING), MeanNoiseConfig.model_fields),
        smoke={"score_clips": 32},
        tiny={"train_steps": 5500, "batch": 24, "clip": 1},  # the training of swin-ir, whose network it is
        small={"batch": 16},
        paper={"batch": 1, "clip": 7},
    )

    @classmethod
    def module_for(cls, config: MeanNoiseConfig, transform: Transform, factor: int) -> MeanModel:
        """Make the network."""
        return MeanModel("swinir", build_swinir(config, transform.channels, factor))
