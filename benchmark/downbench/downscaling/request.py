"""What ``bench apply`` was asked for, checked and resolved before anything is computed."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from downbench.contracts.coarse_input import CoarseInput
from downbench.contracts.configuration import Config, build_config
from downbench.contracts.dataset import Dataset
from downbench.contracts.method import Method
from downbench.contracts.noise import derive_seed
from downbench.dates import calendar_of
from downbench.downscaling.coarse_amounts import odd_amounts
from downbench.downscaling.fine_frames import refined_in_time
from downbench.downscaling.time_pieces import common_step, wanted_frames
from downbench.errors import DownbenchWarning, RunFailed
from downbench.guard import running
from downbench.missing import no_such
from downbench.models.scale import cell_size, warn_of_other_cells, warn_of_other_steps
from downbench.models.weights import Weights, open_weights
from downbench.pipeline.cost import pick_device
from downbench.pipeline.stretches.time_pieces import MOST_COARSE, Piece, cut_pieces
from downbench.plugins.descriptions import MethodInfo
from downbench.plugins.registry import Registration
from downbench.plugins.session import registry
from downbench.store.keys import code_version
from downbench.suite.request import apply_settings
from downbench.units import to_mm_per_hour


@dataclass(frozen=True)
class ApplyRequest:
    """A fitted method, a coarse file, and what is to be made of it."""

    weights: Weights
    entry: Registration
    method_class: type[Method]
    config: Config
    source: CoarseInput
    wanted: slice
    members: int
    seed: int
    sequence: str
    units: str
    device: str
    asked: Mapping[str, Any]  # the arguments of :func:`make_request`, for workers, which make their own

    @property
    def info(self) -> MethodInfo:
        """The method's description."""
        assert isinstance(self.entry.info, MethodInfo)
        return self.entry.info

    @property
    def factor(self) -> int:
        """Fine cells along the edge of a coarse one."""
        return self.weights.card.dataset.factor

    @property
    def time_factor(self) -> int:
        """Fine frames in the time of a coarse one."""
        return self.weights.card.dataset.time_factor

    @property
    def step(self) -> np.timedelta64:
        """Time between fine frames."""
        return step_of(self.weights)

    @property
    def made(self) -> slice:
        """The fine frames of the wanted coarse ones, counted from the first fine frame of the file."""
        return slice(self.wanted.start * self.time_factor, self.wanted.stop * self.time_factor)

    @property
    def method_seed(self) -> int:
        """Seed of everything random, as in a run."""
        return derive_seed("downbench", self.entry.full_name, self.seed)

    @property
    def cuts(self) -> tuple[str, ...]:
        """How the work may be cut, as the method says of this configuration."""
        return self.method_class.cuts(self.config, self.info.cuts)

    @property
    def calendar(self) -> str:
        """Calendar of the coarse file's times."""
        return calendar_of(self.source.fields["time"])

    @cached_property
    def pieces(self) -> list[Piece]:
        """Stretches of time that the method works through."""
        fields = self.source.fields
        frame = 4 * len(fields.data_vars) * fields.sizes["y"] * fields.sizes["x"]
        return cut_pieces(
            fields["time"].to_numpy(),
            self.wanted,
            self.info.window,
            self.info.past,
            self.info.future,
            max(MOST_COARSE // frame, 1),
            self.calendar,
        )

    @cached_property
    def identity(self) -> dict[str, Any]:
        """What the output depends on; a resume with another is refused."""
        configuration = self.config.model_dump(mode="json")
        return {
            "method": self.entry.full_name,
            "version": code_version(self.entry),
            "weights": self.weights.digest,
            "sampling": {key: configuration[key] for key in sorted(self.weights.sampling)},
            "input": self.source.digest,
            "members": self.members,
            "seed": self.seed,
            "sequence": self.sequence,
            "first frame": self.wanted.start,
            "frames": self.wanted.stop - self.wanted.start,
            "units": self.units,
        }

    def load(self) -> Method:
        """Restore the fitted method.

        Raises:
            RunFailed: what was saved cannot be read.
        """
        with running(f"method {self.info.name!r}", self.method_class):
            try:
                method = self.method_class.load(self.weights.directory)
            except (OSError, ValueError, KeyError, RuntimeError) as error:
                raise RunFailed(f"the model in {self.weights.directory} cannot be read: {error}") from error
        method.config = self.config
        return method


def make_request(
    run: Path,
    coarse: Path,
    *,
    members: int,
    seed: int | None,
    start: str | None,
    end: str | None,
    sequence: str | None,
    units: str,
    static: Path | None,
    dataset: str,
    settings: list[str],
    device: str,
) -> ApplyRequest:
    """Check and resolve a request.

    Args:
        run: run or model directory, or the name of weights that a package brings.
        coarse: file to be downscaled.
        members: of the ensemble; a deterministic method has one.
        seed: of the noise; None is that of the run.
        start: first time wanted.
        end: last time wanted.
        sequence: name that the noise is keyed by; None is that of the first training sequence.
        units: of the output.
        static: file with fine static fields.
        dataset: that reads the file.
        settings: ``name.key=value``, of the method or dataset.
        device: to sample on.

    Raises:
        UserError: something of it does not fit.
    """
    to_mm_per_hour(units, "--units")
    weights = open_weights(run)
    asked = {
        "run": str(weights.directory.resolve()),
        "coarse": str(coarse.resolve()),
        "members": members,
        "seed": seed,
        "start": start,
        "end": end,
        "sequence": sequence,
        "units": units,
        "static": None if static is None else str(static.resolve()),
        "dataset": dataset,
        "settings": settings,
        "device": device,
    }
    entry = registry().find("method", weights.method)
    method_class = entry.load()
    weights = replace(weights, sampling=method_class.sampling_parameters)
    name = entry.info.name
    given: dict[str, Any] = {"methods": [{"name": name}], "datasets": [{"name": dataset}]}
    apply_settings(given, settings)
    (sampling,), (reading,) = ([spec.get("set", {}) for spec in specs] for specs in given.values())
    own = weights.configuration(method_class.Config)
    config = build_config(name, method_class.Config, {"": own}, "", sampling)
    weights.check_configuration(config)
    for path in (coarse, static):
        if path is not None and not path.exists():
            raise no_such(path)
    source = _open(dataset, coarse, weights, static, reading)
    weights.check_units({n: str(f.attrs.get("units", "")) for n, f in source.fields.data_vars.items()})
    times, calendar = source.fields["time"].to_numpy(), calendar_of(source.fields["time"])
    _compare_steps(times, calendar, weights)
    own_cells = cell_size([source.static], weights.card.dataset.factor)
    warn_of_other_cells(weights.card.cell_km, own_cells, "the method", "the file")
    wanted = wanted_frames(times, start, end, calendar)
    if odd := odd_amounts(source.fields["precipitation"], wanted):
        warnings.warn(
            f"{coarse}: {odd}; if its units are others than it says, --set {dataset}.units=UNITS names them",
            DownbenchWarning,
            stacklevel=2,
        )
    info = entry.info
    assert isinstance(info, MethodInfo)
    return ApplyRequest(
        weights=weights,
        entry=entry,
        method_class=method_class,
        config=config,
        source=source,
        wanted=wanted,
        members=members if info.probabilistic else 1,
        seed=weights.seed if seed is None else seed,
        sequence=sequence or _first_sequence(weights),
        units=units,
        device=pick_device(device),
        asked=asked,
    )


def _open(
    name: str, coarse: Path, weights: Weights, static: Path | None, settings: Mapping[str, Any]
) -> CoarseInput:
    entry = registry().find("dataset", name)
    dataset_class = entry.load_class(Dataset)  # type: ignore[type-abstract]
    config = build_config(name, dataset_class.Config, dataset_class.presets, None, settings)
    data = weights.card.dataset
    source = dataset_class.open_coarse(coarse, config, data.factor, weights.inputs, static)
    return source if data.time_factor == 1 else refined_in_time(source, data.time_factor, step_of(weights))


def step_of(weights: Weights) -> np.timedelta64:
    """Time between the fine frames that a method was fitted on."""
    return np.timedelta64(round(weights.card.dataset.step_hours * 3600), "s")


def _compare_steps(times: Any, calendar: str, weights: Weights) -> None:
    data = weights.card.dataset
    step, hours = common_step(times, calendar), data.step_hours * data.time_factor
    if step is None:
        return
    own = float(step / np.timedelta64(1, "s")) / 3600
    warn_of_other_steps(hours, own, "the method", "the file")


def _first_sequence(weights: Weights) -> str:
    sequences = weights.card.training.sequences
    return sequences[0].name if sequences else ""
