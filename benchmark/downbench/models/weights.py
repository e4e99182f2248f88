"""Weights that somebody hands over: looked for, held against what they are to be used for, and taken over."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from downbench.contracts.configuration import Config
from downbench.contracts.method import Method
from downbench.errors import RunFailed, UserError
from downbench.missing import no_such
from downbench.models.model_card import CARD, NOT_WEIGHTS, ModelCard, digest_files, digest_weights
from downbench.models.model_damage import files_damage
from downbench.models.overlap import find_overlap
from downbench.models.scale import cell_size, warn_of_other_cells, warn_of_other_steps
from downbench.models.shipped_weights import find_shipped, is_name
from downbench.plugins.registry import Registration
from downbench.scoring.frames import Frames
from downbench.store.record import FitRecord, read_record
from downbench.store.record_parts import TrainingData, WeightsSource
from downbench.store.run_directory import FIT, MODEL
from downbench.units import same_units

_NAMED = 4  # models that a message names
_DEEPEST = 4  # folders from a fit directory down to a score directory
_ABSENT = "absent"


@dataclass(frozen=True)
class Weights:
    """A fitted model that stands somewhere.

    Args:
        directory: of the model.
        card: what it says of itself.
        seed: of the run that it was found in, else of the fit.
        sampling: the method's parameters that count for sampling only.
    """

    directory: Path
    card: ModelCard
    seed: int
    sampling: frozenset[str] = frozenset()

    @property
    def method(self) -> str:
        """Full name of the method."""
        return f"{self.card.method.distribution}:{self.card.method.name}"

    @property
    def inputs(self) -> tuple[str, ...]:
        """Predictors and static fields that are needed."""
        return tuple(self.card.inputs)

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hex) of the content; the place does not count."""
        return digest_weights(self.card, self.sampling)

    def configuration(self, model: type[Config]) -> dict[str, Any]:
        """The configuration that they were fitted with.

        Raises:
            UserError: it does not suit this version of the method.
        """
        try:
            return model.model_validate(self.card.method.configuration).model_dump(mode="json")
        except ValidationError as error:
            first = error.errors()[0]
            raise UserError(
                f"the weights in {self.directory} were fitted by another version of {self.method}: "
                f"{'.'.join(map(str, first['loc']))}: {first['msg']}",
                f"they are of version {self.card.method.version}",
            ) from None

    def check_configuration(self, wanted: Config) -> None:
        """Refuse another configuration; parameters that count for sampling only may differ.

        Raises:
            UserError: names every key that differs, with both values.
        """
        theirs, ours = self.configuration(type(wanted)), wanted.model_dump(mode="json")
        differing = [
            f"{key} ({theirs.get(key, _ABSENT)!r} in the weights, {ours.get(key, _ABSENT)!r} here)"
            for key in (*theirs, *(key for key in ours if key not in theirs))
            if key not in self.sampling and theirs.get(key, _ABSENT) != ours.get(key, _ABSENT)
        ]
        if differing:
            raise UserError(
                f"the weights in {self.directory} are of another configuration: {', '.join(differing)}",
                "without --preset and without --set of these, the configuration of the weights is taken",
            )

    def check_dataset(self, frames: Frames) -> None:
        """Refuse a dataset that does not give what the model takes.

        Raises:
            UserError: another factor, a predictor or static field that is missing, or other units.
        """
        dataset, first = frames.dataset, frames.sequences[0]
        factor = self.card.dataset.factor
        if factor != dataset.factor:
            raise UserError(
                f"the weights in {self.directory} are for a factor of {factor}, {dataset.label} has a factor "
                f"of {dataset.factor}"
            )
        given = {*map(str, first.coarse.data_vars), *map(str, first.static.data_vars)}
        if missing := [name for name in self.inputs if name not in given]:
            raise UserError(
                f"the weights in {self.directory} were fitted with {', '.join(missing)}, which "
                f"{dataset.label} does not give",
                f"it gives: {', '.join((*dataset.predictors, *map(str, first.static.data_vars)))}",
            )
        self.check_units({n: str(first.coarse[n].attrs.get("units", "")) for n in first.coarse.data_vars})

    def compare_scale(self, frames: Frames) -> None:
        """Warn where a dataset has other cells or another time step than the model was fitted on."""
        dataset, who = frames.dataset, f"{self.card.method.name} with these weights"
        own = cell_size((sequence.static for sequence in frames.sequences), dataset.factor)
        warn_of_other_cells(self.card.cell_km, own, who, dataset.label)
        step = float(dataset.step / np.timedelta64(1, "h"))
        warn_of_other_steps(self.card.dataset.step_hours, step, who, dataset.label)

    def check_units(self, given: Mapping[Any, str]) -> None:
        """Refuse predictors in other units than those that the model was fitted with, where both are known.

        Raises:
            UserError: names the first of them.
        """
        fitted = self.card.units
        for name in self.inputs:
            if name != "precipitation" and not same_units(fitted.get(name, ""), given.get(name, "")):
                raise UserError(
                    f"{name} is in {given[name]!r}, the weights in {self.directory} were fitted with "
                    f"{fitted[name]!r}",
                    "convert it; or, if only the spelling differs, change its units attribute",
                )

    def source(self, frames: Frames) -> WeightsSource:
        """For the records: where the weights come from, without any path."""
        card = self.card
        training = TrainingData(
            label=card.dataset.label,
            standin=card.dataset.standin,
            fingerprint=card.dataset.fingerprint,
            step_hours=card.dataset.step_hours,
            splits=card.dataset.splits,
        )
        return WeightsSource(
            digest=self.digest,
            fit=card.key,
            version=card.method.version,
            seed=card.seed,
            budget=card.budget,
            cost=card.cost,
            training=training,
            overlap=find_overlap(card, frames),
        )

    def copy_to(self, directory: Path) -> None:
        """Copy the model into an empty folder.

        Raises:
            RunFailed: it has changed since it was looked at.
        """
        for name in (*self.card.files, *NOT_WEIGHTS):
            if (self.directory / name).is_file():
                (directory / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(self.directory / name, directory / name)
        if digest_files(directory) != self.card.files:
            raise RunFailed(f"the weights in {self.directory} changed while they were copied")


def open_weights(path: Path) -> Weights:
    """Find a fitted model: a model folder, a fit, sample or score directory of a run, or shipped weights.

    Raises:
        UserError: there is none, or it is damaged.
    """
    directory = _find(path)
    try:
        card = read_record(directory / CARD, ModelCard)
    except ValueError as error:
        raise UserError(
            f"{directory} does not say what it holds: {error}", "copy the model's folder whole"
        ) from None
    if damage := files_damage(directory, card):
        raise UserError(f"weights in {directory}: {damage}", "copy the folder whole")
    return Weights(directory, card, _seed_of_run(directory, card))


def _seed_of_run(directory: Path, card: ModelCard) -> int:
    """Seed of the run that a model stands in, which may have been given the weights of another."""
    try:
        return read_record(directory.parent / FIT, FitRecord).seed
    except ValueError:
        return card.seed


def _find(path: Path) -> Path:
    if not path.exists() and is_name(str(path)):
        return find_shipped(str(path))
    if not path.exists():
        raise no_such(
            path,
            "the weights' folder",
            "name a run directory, its model folder, or weights of a package: `bench list weights`",
        )
    if (path / CARD).is_file():
        return path
    whole = path.resolve()
    for folder in (whole, *whole.parents[:_DEEPEST]):
        if (folder / FIT).is_file() and (folder / MODEL).is_dir():
            return folder / MODEL
    fits = [file.parent for depth in ("*", "*/*", "*/*/*") for file in sorted(path.glob(f"{depth}/{FIT}"))]
    if fits:
        raise UserError(
            f"{path} holds {len(fits)} fitted model{'s' if len(fits) > 1 else ''}",
            "name one: "
            + " or ".join(str(fit) for fit in fits[:_NAMED])
            + (", ..." if fits[_NAMED:] else ""),
        )
    raise UserError(
        f"{path} holds no fitted model",
        "name a run directory, runs/DATASET/METHOD/KEY, or its model folder; a fit that was interrupted goes "
        "on with the same `bench run`",
    )


def weights_for(path: Path, entry: Registration, method_class: type[Method]) -> Weights:
    """Open weights for a method.

    Raises:
        UserError: as :func:`open_weights`, or they are of another method.
    """
    weights = open_weights(path)
    if weights.method != entry.full_name:
        raise UserError(f"the weights in {path} are of {weights.method}, not of {entry.full_name}")
    return Weights(weights.directory, weights.card, weights.seed, method_class.sampling_parameters)
