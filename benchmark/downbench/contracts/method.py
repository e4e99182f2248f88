"""The method contract: fit on train and validation, then sample fine fields from coarse ones alone."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Generic, Self, TypeVar, cast

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from downbench.contracts import configuration
from downbench.contracts.dataset import FieldSequence
from downbench.contracts.noise import derive_seed, keyed_normal

Progress = Callable[[int, int, str], None]
Parameters = TypeVar("Parameters", bound=configuration.Config)


def silent(done: int, total: int, text: str) -> None:
    """Report progress to nobody."""


@dataclass(frozen=True)
class Processes:
    """Processes that fit one method together, started by ``torchrun`` or a cluster's scheduler.

    Args:
        rank: this process's number, from 0.
        count: how many there are.
        per_node: how many of them run on one machine.
    """

    rank: int = 0
    count: int = 1
    per_node: int = 1


ALONE = Processes()
NO_TIME = np.timedelta64(0, "s")


@dataclass(frozen=True)
class FitContext:
    """What a method may use while it is fitted.

    Args:
        seed: of everything random in the fit.
        directory: for checkpoints; survives a kill and is empty at a first start.
        device: ``"cpu"``, ``"cuda"``, ...
        progress: call it with (done, total, text).
        budget: seconds after which fitting must come to an end, or None.
        factor: how many times finer the fine grid is.
        time_factor: fine frames in the time of a coarse one; more than one only for a method whose
            ``MethodInfo`` says that it refines time.
        coarse_is_mean: whether coarse rain is the mean of the fine, to rounding, in the training data.
        processes: those that fit together; more than one only for a method that is ``distributed``.
    """

    seed: int
    directory: Path
    device: str = "cpu"
    progress: Progress = silent
    budget: float | None = None
    factor: int = 8
    time_factor: int = 1
    coarse_is_mean: bool = True
    processes: Processes = ALONE


@dataclass(frozen=True)
class SampleContext:
    """What a method may use while it samples one tile of one sequence.

    Args:
        seed: of the run; use :meth:`normal` or :meth:`seed_for` instead of it.
        sequence: name of the sequence.
        tile: index of the tile.
        start: index in ``coarse.time`` of the first frame that is wanted; earlier frames are context.
            A method may yield earlier frames too, they are dropped.
        device: ``"cpu"``, ``"cuda"``, ...
        progress: call it with (done, total, text).
        factor: how many times finer the fine grid is.
        time_factor: fine frames in the time of a coarse one.
        step: time between fine frames, where ``time_factor`` is more than one.
        first_member: number of the first member that is wanted, beyond 0 only for a method that may be cut
            by ``"member"``. :meth:`normal` takes it into account, and :meth:`numbers` has the numbers.
    """

    seed: int
    sequence: str = ""
    tile: int = 0
    start: int = 0
    device: str = "cpu"
    progress: Progress = silent
    factor: int = 8
    time_factor: int = 1
    step: np.timedelta64 = NO_TIME
    first_member: int = 0

    def numbers(self, members: int) -> range:
        """The numbers of so many members, which name the noise of each."""
        return range(self.first_member, self.first_member + members)

    def fine_times(self, coarse: NDArray[np.datetime64]) -> NDArray[np.datetime64]:
        """Times of the fine frames of coarse ones, ``time_factor`` for each; the last bears its time."""
        before = np.arange(self.time_factor - 1, -1, -1) * self.step
        return (coarse[:, None] - before).ravel()

    def normal(
        self, members: int, times: NDArray[np.datetime64], shape: Sequence[int], stream: str = "noise"
    ) -> NDArray[np.float32]:
        """Standard normal noise (members, times, *shape), the same for a frame whatever the batch."""
        identity = (stream, self.seed, self.sequence, self.tile)
        return keyed_normal(identity, members, times, shape, self.first_member)

    def seed_for(self, *identity: object) -> int:
        """A seed for one use, from names: ``context.seed_for("analogs", member, time)``.

        The numbers of members are those of :meth:`numbers`.
        """
        return derive_seed(self.seed, self.sequence, self.tile, *identity)


class Method(ABC, Generic[Parameters]):
    """A downscaling method; plug-in authors subclass this.

    ``class Mine(Method)`` is enough; ``class Mine(Method[MyConfig])`` lets checkers know ``self.config``.
    ``Config`` declares its parameters, ``presets`` named settings of them. ``sampling_parameters`` names
    those that count for sampling only (solver, steps): changing one fits nothing again, and ``sample``
    reads it from ``self.config``. ``where_not_mean`` has the values that parameters take where coarse rain is
    not the mean of the fine, unless the user sets them. ``distributed`` says that ``fit`` may be called in
    several processes at once, which share the work; only the first one's result is saved.
    """

    Config: ClassVar[type[configuration.Config]] = configuration.Config
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    sampling_parameters: ClassVar[frozenset[str]] = frozenset()
    where_not_mean: ClassVar[Mapping[str, Any]] = {}
    distributed: ClassVar[bool] = False

    def __init__(self, config: Parameters | None = None) -> None:
        self.config = config if config is not None else cast(Parameters, self.Config())

    def fit(
        self, train: tuple[FieldSequence, ...], validation: tuple[FieldSequence, ...], context: FitContext
    ) -> None:
        """Learn from train; choose (a checkpoint, a parameter) on validation."""

    @abstractmethod
    def sample(
        self, coarse: xr.Dataset, static: xr.Dataset, members: int, context: SampleContext
    ) -> Iterator[xr.DataArray]:
        """Yield time slices of an ensemble for one tile.

        Args:
            coarse: the tile's whole sequence in memory, predictors (time, y, x).
            static: fine static fields (y, x).
            members: how many are wanted; a deterministic method yields one.
            context: seed, noise, first frame wanted.

        Yields:
            (member, time, y, x) in mm/h with the time coordinate of ``coarse``, in order of time; where
            ``context.time_factor`` is more than one, with the times of ``context.fine_times``.
        """

    def save(self, directory: Path) -> None:
        """Write what was fitted (no pickle). The default keeps the configuration only."""
        text = json.dumps(self.config.model_dump(mode="json"), indent=1)
        (directory / "config.json").write_text(text, encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Restore a fitted method."""
        config = cls.Config.model_validate_json((directory / "config.json").read_text(encoding="utf-8"))
        return cls(cast(Parameters, config))

    def inputs(self) -> tuple[str, ...] | None:
        """Coarse predictors and static fields that the fitted method needs.

        None: all predictors, and the topography, of the data that it was fitted on.
        """
        return None

    def chosen(self) -> Mapping[str, Any]:
        """What the method chose by itself for the device that it sampled on, such as the size of its batches.

        It stands in the record, name to a number, a text or true, and is no reason to sample anything again.
        """
        return {}

    @classmethod
    def preset_at(cls, preset: str, factor: int) -> Mapping[str, Any]:
        """What a preset sets where the fine grid is so many times finer, beside what ``presets`` says of it.

        Such as training steps, where a step takes more or less time than at the factor that they were chosen
        at. Parameters that a user sets win.
        """
        return {}

    @classmethod
    def inputs_digest(cls, config: Parameters) -> str:
        """Digest of what the code reads besides the data that it is handed, such as a file of its own.

        It is part of the fit's key: another content is another fit. :func:`downbench.digest_file` gives the
        digest of a file. By default there is nothing of the kind.
        """
        return ""

    @classmethod
    def finishing(cls, config: Parameters) -> Mapping[str, str]:
        """What finishes the samples of a configuration beside the method itself: name to a few words.

        Such as ``{"conserve": "on", "calibrate": "2 passes", "memory": "fitted"}``; a comparison shows it for
        each row, since what it does is no merit of the method.
        """
        return {}

    @classmethod
    def cuts(cls, config: Parameters, declared: tuple[str, ...]) -> tuple[str, ...]:
        """How the work of sampling may be cut with a configuration: as its registration declares, by default.

        A method overrides it where a parameter makes frames depend on the samples before them.
        """
        return declared

    @classmethod
    def parameters(cls, config: Parameters, predictors: int) -> Mapping[str, int]:
        """Number of trainable parameters by part, for so many coarse channels (topography included)."""
        return {}
