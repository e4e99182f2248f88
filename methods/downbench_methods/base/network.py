"""What network methods share: fitting on patches, saving and loading."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from downbench import Config as _Config
from downbench import FieldSequence, FitContext, Method, UserError, derive_seed
from downbench_methods.fields.calibration import Calibration, fit_calibration
from downbench_methods.fields.transform import Transform, fit_transform
from downbench_methods.training.clips import Clips
from downbench_methods.training.loop import LOG, TrainingConfig, train

Batch = dict[str, Tensor]
Array = NDArray[np.float32]
WEIGHTS, FITTED = "weights.safetensors", "fitted.json"
LAST_FIT_CLIP = 2**31  # index that training never reaches
LAST_FIT_PIXELS = 3_000_000


@dataclass(frozen=True)
class Drawn:
    """Members for frames of clips, and the truth."""

    members: Array  # mm/h, (M, n, H, W)
    rain: Array  # mm/h, (n, H, W)
    coarse: Array  # mm/h, (n, h, w)
    valid: NDArray[np.bool_]  # where the truth is known, (n, H, W)


class NetworkMethod(Method):
    """A method whose parameters are one network module, trained on random patches of clips."""

    Config: ClassVar[type[_Config]] = TrainingConfig
    distributed = True

    def __init__(self, config: _Config | None = None) -> None:
        super().__init__(config)
        self.transform = Transform()
        self.factor = 8
        self.module: nn.Module | None = None
        self.calibration: Calibration | None = None
        self.log: list[dict[str, Any]] = []

    @abstractmethod
    def build(self) -> nn.Module:
        """Make the untrained module for ``config``, ``transform`` and ``factor``."""

    @abstractmethod
    def score(self, module: nn.Module, validation: Clips, device: str) -> dict[str, float]:
        """Rate averaged weights on validation clips; the smallest ``"score"`` wins."""

    def prepare(self, clips: Clips) -> None:
        """Set what the module needs to know of the training data before training starts."""

    def before_step(self, clips: Clips, step: int) -> None:
        """Update what the module knows of the training data; called before each step."""

    def finish(self, clips: Clips) -> None:
        """Fit what the chosen weights need to know of the training data."""

    def calibrate(
        self, clips: Clips, frames: int, draw: Callable[[Batch], Drawn], passes: int, conserved: bool
    ) -> None:
        """Give samples the distribution of rain in training data.

        Args:
            frames: of a clip that are drawn.
            draw: one member for clips, as samples are made but for calibration and scaling.
            passes, conserved: as :func:`fit_calibration` has them.
        """
        parts = []
        with torch.inference_mode():
            for batch in self.last_batches(clips, frames):
                made = draw(batch)
                parts.append((made.members[0], made.rain, made.coarse, made.valid))
        samples, rain, coarse, valid = (np.concatenate(part) for part in zip(*parts, strict=True))
        self.calibration = fit_calibration(samples, rain, coarse, valid, passes, conserved)

    def last_batches(self, clips: Clips, frames: int) -> Iterator[Batch]:
        """Training clips, on the module's device, to fit to the chosen weights, so many frames of each."""
        assert self.module is not None
        config: TrainingConfig = self.config
        device = next(self.module.parameters()).device
        number = max(1, LAST_FIT_PIXELS // (config.batch * frames * config.patch**2))
        for k in range(min(number, max(config.train_steps, 1))):
            first = LAST_FIT_CLIP + k * config.batch
            batch = clips.batch(range(first, first + config.batch))
            yield {name: value.to(device) for name, value in batch.items()}

    def fit(
        self,
        train_data: tuple[FieldSequence, ...],
        validation: tuple[FieldSequence, ...],
        context: FitContext,
    ) -> None:
        """Train, and keep the averaged weights that are best on validation.

        Raises:
            UserError: the patch is no multiple of the factor, or no sequence is as long as a clip.
            RunFailed: training diverged.
        """
        config: TrainingConfig = self.config
        if config.patch % context.factor:
            raise UserError(f"patch {config.patch} is no multiple of the factor {context.factor}")
        self.factor = context.factor
        self.transform = fit_transform(
            train_data, config.transform, config.rain_scale, config.predictors == "all"
        )
        clips = self.clips(train_data, derive_seed(context.seed, "train"))
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(derive_seed(context.seed, "initial weights"))
            self.module = self.build()
        self.prepare(clips)
        usable = tuple(sequence for sequence in validation if len(sequence.times) >= config.clip)
        held_out = self.clips(usable, derive_seed(context.seed, "validation")) if usable else None

        def score(module: nn.Module) -> dict[str, float]:
            assert held_out is not None
            return self.score(module, held_out, context.device)

        def before(step: int) -> None:
            self.before_step(clips, step)

        self.log = train(self.module, clips, config, context, score if held_out else None, before)
        self.module.eval()
        self.finish(clips)

    def clips(self, sequences: tuple[FieldSequence, ...], seed: int) -> Clips:
        """Random training (or validation) examples."""
        config: TrainingConfig = self.config
        memory = config.memory * 1e9
        size = (config.patch, config.clip)
        return Clips(sequences, self.transform, self.factor, *size, seed, memory, config.halo)

    def fitted(self, device: str) -> nn.Module:
        """The module on ``device``, ready to sample.

        Raises:
            UserError: the method was not fitted.
        """
        if self.module is None:
            raise UserError(f"{type(self).__name__} was not fitted", "call fit or load before sample")
        return self.module.to(device).eval()

    def inputs(self) -> tuple[str, ...]:
        """The channels of the transform: precipitation, other predictors, topography."""
        relief = ("topography",) if self.transform.topography is not None else ()
        return ("precipitation", *self.transform.names, *relief)

    def save(self, directory: Path) -> None:
        """Write config.json, fitted.json (transform), weights.safetensors and log.jsonl."""
        super().save(directory)
        module = self.fitted("cpu")
        fitted = {"factor": self.factor, "transform": self.transform.model_dump(mode="json")}
        if self.calibration is not None:
            fitted["calibration"] = self.calibration.model_dump(mode="json")
        (directory / FITTED).write_text(json.dumps(fitted, indent=1), encoding="utf-8")
        save_file(
            {name: value.contiguous() for name, value in module.state_dict().items()}, directory / WEIGHTS
        )
        (directory / LOG).write_text("".join(json.dumps(line) + "\n" for line in self.log), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Restore a fitted method."""
        method = cls(cls.Config.model_validate_json((directory / "config.json").read_text(encoding="utf-8")))
        fitted = json.loads((directory / FITTED).read_text(encoding="utf-8"))
        method.factor = fitted["factor"]
        method.transform = Transform.model_validate(fitted["transform"])
        if "calibration" in fitted:
            method.calibration = Calibration.model_validate(fitted["calibration"])
        method.module = method.build()
        method.module.load_state_dict(load_file(directory / WEIGHTS))
        method.module.eval()
        lines = (directory / LOG).read_text(encoding="utf-8").splitlines()
        method.log = [json.loads(line) for line in lines]
        return method


def fair_crps(members: Tensor | NDArray[np.float32], truth: NDArray[np.float32]) -> NDArray[np.float64]:
    """Fair CRPS, E|X - y| - 1/2 E|X - X'| over m (m - 1) pairs, of members (M, ...) and truth (...).

    Ferro 2014, eq. 6. One member gives the absolute error.
    """
    x = np.sort(np.asarray(members, np.float64), 0)
    m = len(x)
    error = np.abs(x - truth).mean(0)
    if m == 1:
        return error
    # sum over pairs |x_i - x_j| = sum_k (2 k - m - 1) x_(k), k = 1 .. m
    rank = (2 * np.arange(1, m + 1) - m - 1).reshape(-1, *[1] * (x.ndim - 1))
    return error - (rank * x).sum(0) / (m * (m - 1))
