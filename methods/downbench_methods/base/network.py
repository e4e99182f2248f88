"""What network methods share: fitting on patches, saving and loading."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Generic, Self, TypeVar, cast

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from downbench import FieldSequence, FitContext, SampleContext, UserError, derive_seed
from downbench_methods.base.device_meter import meter_of
from downbench_methods.base.fit_finishing import fit_finishing
from downbench_methods.base.pacing import FIRST_CELLS, PLAIN_CELLS, WORTH, Pacer
from downbench_methods.base.sampling import Array, SamplingConfig, Tile, TileMethod
from downbench_methods.fields.transform import Transform, coarse_topography, fit_transform
from downbench_methods.networks.ways import ways_for
from downbench_methods.training.checkpoint import LOG
from downbench_methods.training.clips import Clips
from downbench_methods.training.configuration import TrainingConfig
from downbench_methods.training.loop import train
from downbench_methods.training.presets import COARSE_SHARE, relative_time

Batch = dict[str, Tensor]
Log = Sequence[dict[str, Any]]
WEIGHTS, FITTED = "weights.safetensors", "fitted.json"
LAST_FIT_CLIP = 2**31  # index that training never reaches
LAST_FIT_PIXELS = 3_000_000


class NetworkConfig(SamplingConfig, TrainingConfig):
    """Parameters of training a network, and of sampling with it."""


Sizes = TypeVar("Sizes", bound=NetworkConfig)
Module = TypeVar("Module", bound=nn.Module)


@dataclass(frozen=True)
class Drawn:
    """Members for frames of clips, and the truth."""

    members: Array  # mm/h, (M, n, H, W)
    rain: Array  # mm/h, (n, H, W)
    coarse: Array  # mm/h, (n, h, w)
    valid: NDArray[np.bool_]  # cells of the truth that are not missing, (n, H, W)


class NetworkMethod(TileMethod[Sizes], Generic[Sizes, Module]):
    """A method whose parameters are one network module, trained on random patches of clips."""

    Config: ClassVar[type[NetworkConfig]] = NetworkConfig
    distributed = True
    # of a fit's time at factor 8, what goes with the coarse cells of a patch; 0 where all is on the fine grid
    coarse_share: ClassVar[float] = COARSE_SHARE
    sampling_parameters = frozenset({"batch_pixels", "window", "noise_memory"})

    def __init__(self, config: Sizes | None = None) -> None:
        super().__init__(config)
        self.transform = Transform()
        self.factor = 8
        self.module: Module | None = None
        self.pacer: Pacer | None = None
        self.log: list[dict[str, Any]] = []

    @classmethod
    def preset_at(cls, preset: str, factor: int) -> Mapping[str, Any]:
        """As many steps of ``tiny`` as take the time of Swin-IR's methods, dearer the lower the factor."""
        steps = cls.presets[preset].get("train_steps")
        if preset != "tiny" or cls.coarse_share == COARSE_SHARE or steps is None:
            return {}
        return {"train_steps": round(steps * relative_time(factor) / relative_time(factor, cls.coarse_share))}

    @classmethod
    @abstractmethod
    def module_for(cls, config: Sizes, transform: Transform, factor: int) -> Module:
        """Make the untrained module."""

    def build(self) -> Module:
        """Make the untrained module for ``config``, ``transform`` and ``factor``."""
        return self.module_for(self.config, self.transform, self.factor)

    @abstractmethod
    def score(self, module: Module, validation: Clips, device: str) -> dict[str, float]:
        """Rate averaged weights on validation clips; the smallest ``"score"`` wins."""

    def prepare(self, clips: Clips) -> None:
        """Set what the module needs to know of the training data before training starts."""

    def before_step(self, clips: Clips, step: int) -> None:
        """Update what the module knows of the training data; called before each step."""

    @property
    def settings(self) -> Sizes:
        """Parameters that the whole module is trained with."""
        return self.config

    def train(
        self, clips: Clips, held_out: Clips | None, context: FitContext, earlier: Log = ()
    ) -> list[dict[str, Any]]:
        """Train the module in place; the averaged weights that are best on held-out clips stay.

        Args:
            earlier: log lines of what was trained before.

        Returns:
            Log lines.
        """

        def score(module: nn.Module) -> dict[str, float]:
            assert held_out is not None
            return self.score(cast(Module, module), held_out, context.device)

        def before(step: int) -> None:
            self.before_step(clips, step)

        assert self.module is not None
        rate = score if held_out else None
        return train(self.module, clips, self.settings, context, rate, before, earlier)

    def finish(self, clips: Clips, held_out: tuple[FieldSequence, ...], context: FitContext) -> None:
        """Fit what the chosen weights need to know of the data, and what finishes an ensemble.

        Args:
            clips: of training data.
            held_out: sequences of validation data that are as long as a clip.
            context: of the fit.
        """
        train = tuple(source.sequence for source in clips.sources)
        self.finisher = fit_finishing(self, train, context, self.residual_memory(clips))

    def residual_memory(self, clips: Clips) -> float | None:
        """Hours that the residual of training clips lives on; None for a method without a residual."""
        return None

    def last_batches(self, clips: Clips, frames: int) -> Iterator[Batch]:
        """Training clips, on the module's device, to fit to the chosen weights, so many frames of each."""
        config, device = self.config, clips_device(self.module)
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
            UserError: the patch is not a multiple of the factor, or no sequence is as long as a clip.
            RunFailed: training diverged.
        """
        config = self.config
        if config.patch % context.factor:
            raise UserError(f"patch {config.patch} is not a multiple of the factor {context.factor}")
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
        self.log = self.train(clips, held_out, context)
        self.module.eval()
        self.finish(clips, usable, context)

    def clips(self, sequences: tuple[FieldSequence, ...], seed: int) -> Clips:
        """Random training (or validation) examples."""
        config = self.config
        memory = config.memory * 1e9
        size = (config.patch, config.clip)
        return Clips(sequences, self.transform, self.factor, *size, seed, memory, config.halo)

    def fitted(self, device: str | torch.device) -> Module:
        """The module on ``device``, ready to sample.

        Raises:
            UserError: the method was not fitted.
        """
        if self.module is None:
            raise UserError(f"{type(self).__name__} was not fitted", "call fit or load before sample")
        return self.module.to(device).eval()

    def pace(self, tile: Tile, members: int, context: SampleContext) -> Pacer:
        """How much of a tile is sampled at once: as asked for, or as it was measured, here or before.

        A run that is too short for it measures nothing.
        """
        asked, device = self.config.batch_pixels, context.device
        left = members * (len(tile.times) - context.start) * tile.size[0] * tile.size[1]
        if self.pacer is None or self.pacer.asked != asked:
            self.pacer = Pacer(asked or PLAIN_CELLS, asked)
        if asked is None and left >= WORTH and not self.pacer.measured:
            module = self.fitted(device)
            ways = ways_for(getattr(module, "generator", module), device)
            self.pacer = Pacer(FIRST_CELLS, None, meter_of(device), ways)
        return self.pacer

    def chosen(self) -> Mapping[str, Any]:
        """In which way it was trained, where that was measured, and how it is sampled."""
        trained = {f"trained_{way}": True for line in self.log for way in line.get("ways", ())}
        return {**trained, **(self.pacer.chosen() if self.pacer else {})}

    def channels(self, tile: Tile) -> Array:
        """What networks see of a tile on the coarse grid, (time, channels, y, x)."""
        return self.transform.coarse(tile.coarse, coarse_topography(tile.static, self.factor))

    def relief(self, tile: Tile) -> Array:
        """What networks see of a tile on the fine grid: standardised topography, (0 or 1, y, x)."""
        if self.transform.topography is None:
            return np.zeros((0, *tile.size), np.float32)
        return self.transform.relief(tile.static["topography"].to_numpy())[None]

    def rain(self, z: Array) -> Array:
        """Rain [mm/h] from transformed rain, within what it may be."""
        return self.transform.inverse(np.clip(z, *self.transform.bounds))

    def inputs(self) -> tuple[str, ...]:
        """The channels of the transform: precipitation, other predictors, topography."""
        relief = ("topography",) if self.transform.topography is not None else ()
        return ("precipitation", *self.transform.names, *relief)

    def save(self, directory: Path) -> None:
        """Write config.json, fitted.json (transform), weights.safetensors and log.jsonl."""
        super().save(directory)
        weights = self.fitted("cpu").state_dict()
        fitted = {"factor": self.factor, "transform": self.transform.model_dump(mode="json")}
        (directory / FITTED).write_text(json.dumps(fitted, indent=1), encoding="utf-8")
        save_file({name: value.contiguous() for name, value in weights.items()}, directory / WEIGHTS)
        (directory / LOG).write_text("".join(json.dumps(line) + "\n" for line in self.log), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Restore a fitted method."""
        method = super().load(directory)
        fitted = json.loads((directory / FITTED).read_text(encoding="utf-8"))
        method.factor = fitted["factor"]
        method.transform = Transform.model_validate(fitted["transform"])
        method.module = method.build()
        method.module.load_state_dict(load_file(directory / WEIGHTS))
        method.module.eval()
        lines = (directory / LOG).read_text(encoding="utf-8").splitlines()
        method.log = [json.loads(line) for line in lines]
        return method

    @classmethod
    def parameters(cls, config: Sizes, predictors: int) -> Mapping[str, int]:
        """Number of parameters by network, for so many coarse channels (topography included)."""
        names = tuple(f"field{i}" for i in range(predictors - 1))
        transform = Transform(names=names, fields=((0.0, 1.0),) * len(names))
        with torch.device("meta"):
            module = cls.module_for(config, transform, 8)
        return {name: sum(p.numel() for p in part.parameters()) for name, part in module.named_children()}


def clips_device(module: nn.Module | None) -> torch.device:
    """Where a module works."""
    assert module is not None
    return next(module.parameters()).device


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
