"""Weights of a run put where others find them by name; in half precision where no score changes."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from downbench.errors import RunFailed, UserError
from downbench.exchange.half_precision import copy_model
from downbench.files import atomic_directory, scratch_folder
from downbench.findings.rebuild import dataset_spec
from downbench.findings.stored_run import StoredRun
from downbench.models.shipped_weights import is_name
from downbench.models.weights import open_weights
from downbench.scoring.grid import ALL
from downbench.suite.request import build_suite
from downbench.suite.suite import run_suite

RELATIVE, ABSOLUTE = 2e-3, 1e-4  # a score has not changed within this share of it plus this much of its unit


@dataclass(frozen=True)
class Exported:
    """A model folder that was written.

    Args:
        directory: of the model.
        bytes: of all its files.
        half: whether its weights are in half precision.
        changes: score to (value as fitted, value in half precision), of those that change.
        scores: how many scores were compared.
    """

    directory: Path
    bytes: int
    half: bool
    changes: Mapping[str, tuple[float | None, float | None]]
    scores: int


def export_weights(
    run: StoredRun, name: str, folder: Path, limit: int = 16, data_root: Path | None = None
) -> Exported:
    """Put the model of a run into a folder of weights.

    The first test frames are sampled and scored twice, with the weights as fitted and in half precision. They
    are kept in half precision if no score over the whole domain changes.

    Args:
        run: scored, with its model.
        name: ``METHOD@DATA``.
        folder: of the weights.
        limit: time steps to score.
        data_root: where the data stand now, if they were moved.

    Raises:
        UserError: the name is none, or is taken; the run has no model, or its data are not here.
        RunFailed: one of the two could not be scored.
    """
    method = run.record.method.name
    if not is_name(name) or name.partition("@")[0] != method:
        raise UserError(f"{name!r} is no name for weights of {method}", f"write {method}@ and what it saw")
    if (folder / name).exists():
        raise UserError(f"{folder / name} is there already", "weights are not overwritten: choose a new name")
    model = open_weights(run.paths.model).directory
    with scratch_folder("weights") as scratch:
        as_fitted, halved = scratch / "as-fitted", scratch / "half"
        copy_model(model, as_fitted, "as fitted: no weights in single precision", half=False)
        half, changes, scores = copy_model(model, halved, _words(limit, True), half=True), {}, 0
        if half:
            before, after = (_scores(run, path, limit, data_root, scratch) for path in (as_fitted, halved))
            changes, scores = _changes(before, after), len(before)
        half = half and not changes
        copy_model(model, scratch / "kept", _words(limit, half), half=half)
        with atomic_directory(folder / name) as directory:
            shutil.copytree(scratch / "kept", directory, dirs_exist_ok=True)
    size = sum(file.stat().st_size for file in (folder / name).rglob("*") if file.is_file())
    return Exported(folder / name, size, half, changes, scores)


def _words(limit: int, half: bool) -> str:
    if half:
        return f"half: no score over the whole domain changed on the first {limit} test time steps"
    return f"single: half precision changed a score on the first {limit} test time steps, or does not apply"


def _scores(
    run: StoredRun, model: Path, limit: int, data_root: Path | None, scratch: Path
) -> dict[str, float | None]:
    """Scores over the whole domain and time of a model on the first frames of a run."""
    record = run.record
    spec = dataset_spec(run, data_root)
    content: dict[str, Any] = {
        "methods": [{"name": f"{record.method.distribution}:{record.method.name}", "weights": str(model)}],
        "datasets": [{"name": spec.name, "set": spec.set} | ({"root": spec.root} if spec.root else {})],
        "members": record.members,
        "seeds": [record.seed],
        "limit": limit,
        "controls": False,
        "keep": "none",
    }
    metrics = [f"{card.distribution}:{name}" for name, card in record.metrics.items()]
    [outcome] = run_suite(build_suite(content), scratch / f"{model.name}-runs", metrics, lambda _: None)
    if outcome["status"] != "finished":
        raise RunFailed(f"the weights of {run.label} could not be scored: {outcome['reason']}")
    return {
        f"{score['metric']} {score['component']}".strip(): score["value"]
        for score in outcome["scores"]
        if score["region"] == score["season"] == ALL
    }


def _changes(
    before: Mapping[str, float | None], after: Mapping[str, float | None]
) -> dict[str, tuple[float | None, float | None]]:
    return {
        name: (value, after.get(name)) for name, value in before.items() if not _equal(value, after.get(name))
    }


def _equal(a: float | None, b: float | None) -> bool:
    if a is None or b is None:
        return a is b
    return bool(np.isclose(b, a, rtol=RELATIVE, atol=ABSOLUTE))
