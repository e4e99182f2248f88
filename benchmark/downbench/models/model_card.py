"""What a fitted model's folder says of itself, so that it can be used where it was not fitted."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import xarray as xr
from pydantic import Field

from downbench.contracts.dataset import FieldSequence
from downbench.contracts.method import Method
from downbench.files import digest_file, digest_json
from downbench.models.extent import Extent, extent
from downbench.models.scale import cell_size
from downbench.store.record import FitRecord, Record, write_record
from downbench.store.record_parts import Cost, DatasetPart, MethodPart
from downbench.store.run_directory import LOG

CARD = "model.json"
CONFIG = "config.json"
NOT_WEIGHTS = frozenset({CARD, LOG})


class ModelCard(Record):
    """``model.json``: what a fitted model says of itself."""

    key: str = Field(description="Key of the fit")
    method: MethodPart = Field(description="The method")
    dataset: DatasetPart = Field(description="The dataset that it was fitted on")
    seed: int = Field(description="Seed of the fit")
    budget: float | None = Field(description="Time that the fit was given, if it was limited [s]")
    cost: Cost = Field(description="Cost of the fit")
    inputs: list[str] = Field(description="Predictors and static fields that it takes")
    units: dict[str, str] = Field(description="Units of the coarse fields that it was fitted with")
    training: Extent = Field(description="When and where it was fitted")
    cell_km: float | None = Field(
        default=None, description="Edge of a typical coarse cell that it was fitted on, if known [km]"
    )
    precision: str = Field(
        default="as fitted", description="In which precision weights are kept, and how that was decided"
    )
    files: dict[str, str] = Field(description="SHA-256 of every file of the model but card and log")


def write_card(
    directory: Path,
    method: Method,
    fit: FitRecord,
    train: tuple[FieldSequence, ...],
    validation: tuple[FieldSequence, ...],
) -> None:
    """Write ``model.json`` beside what the method saved.

    Args:
        directory: of the model.
        method: fitted.
        fit: what ``fit.json`` says.
        train: what it was fitted on.
        validation: what it was chosen on.
    """
    seen = (*train, *validation)
    fields = seen[0].coarse if seen else xr.Dataset()  # a dataset may be there for scoring alone
    relief = ("topography",) if seen and "topography" in seen[0].static else ()
    inputs = method.inputs()
    card = ModelCard(
        key=fit.key,
        method=fit.method,
        dataset=fit.dataset,
        seed=fit.seed,
        budget=fit.budget,
        cost=fit.cost,
        inputs=list((*map(str, fields.data_vars), *relief) if inputs is None else inputs),
        units={str(name): str(fields[name].attrs.get("units", "")) for name in fields.data_vars},
        training=extent(seen),
        cell_km=cell_size((sequence.static for sequence in seen), fit.dataset.factor),
        files=digest_files(directory),
    )
    write_record(directory / CARD, card)


def digest_files(directory: Path) -> dict[str, str]:
    """SHA-256 (hex) of every file of a model, but its card and its log."""
    names = {path.relative_to(directory).as_posix(): path for path in sorted(directory.rglob("*"))}
    return {n: digest_file(path) for n, path in names.items() if path.is_file() and n not in NOT_WEIGHTS}


def digest_weights(card: ModelCard, sampling: Iterable[str]) -> str:
    """SHA-256 (hex) of what samples depend on: files, method, configuration, training data.

    Args:
        card: of the model.
        sampling: parameters that count for sampling only; the weights are the same whatever they are.
    """
    left_out = set(sampling)
    return digest_json(
        {
            "method": f"{card.method.distribution}:{card.method.name}",
            "configuration": {k: v for k, v in card.method.configuration.items() if k not in left_out},
            "training": card.dataset.fingerprint,
            "files": {name: digest for name, digest in card.files.items() if name != CONFIG},
        }
    )
