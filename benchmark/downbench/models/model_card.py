"""What a fitted model's folder says of itself, so that it can be used where it was not fitted."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from downbench.contracts.dataset import FieldSequence
from downbench.contracts.method import Method
from downbench.files import digest_json, write_json

CARD = "model.json"
CONFIG = "config.json"
NOT_WEIGHTS = frozenset({CARD, "log.jsonl"})
CARD_VERSION = 1


def write_card(
    directory: Path,
    method: Method,
    stage: dict[str, Any],
    train: tuple[FieldSequence, ...],
    validation: tuple[FieldSequence, ...],
) -> None:
    """Write ``model.json`` beside what the method saved.

    Args:
        directory: of the model.
        method: fitted.
        stage: what ``fit.json`` says: key, method, dataset, seed, budget, cost.
        train: what it was fitted on.
        validation: what it was chosen on.
    """
    seen = (*train, *validation)
    fields = seen[0].coarse if seen else xr.Dataset()  # a dataset may be there for scoring alone
    relief = ("topography",) if seen and "topography" in seen[0].static else ()
    inputs = method.inputs()
    card = {"card_version": CARD_VERSION} | {
        name: stage[name] for name in ("key", "method", "dataset", "seed", "budget", "cost")
    }
    card |= {
        "inputs": list((*map(str, fields.data_vars), *relief) if inputs is None else inputs),
        "units": {str(name): str(fields[name].attrs.get("units", "")) for name in fields.data_vars},
        "training": extent(seen),
        "files": digest_files(directory),
    }
    write_json(directory / CARD, card)


def digest_files(directory: Path) -> dict[str, str]:
    """SHA-256 (hex) of every file of a model, but its card and its log."""
    found = {}
    for path in sorted(directory.rglob("*")):
        name = path.relative_to(directory).as_posix()
        if path.is_file() and name not in NOT_WEIGHTS:
            with path.open("rb") as file:
                found[name] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def digest_weights(card: dict[str, Any], sampling: Iterable[str]) -> str:
    """SHA-256 (hex) of what samples depend on: files, method, configuration, training data.

    Args:
        card: of the model.
        sampling: parameters that count for sampling only; the weights are the same whatever they are.
    """
    method = card["method"]
    left_out = set(sampling)
    return digest_json(
        {
            "method": f"{method['distribution']}:{method['name']}",
            "configuration": {k: v for k, v in method["configuration"].items() if k not in left_out},
            "training": card["dataset"]["fingerprint"],
            "files": {name: digest for name, digest in card["files"].items() if name != CONFIG},
        }
    )


def extent(sequences: Iterable[FieldSequence]) -> dict[str, Any]:
    """When and where sequences are: names with first and last time, and a box in degrees if it is known."""
    sequences = tuple(sequences)
    static = sequences[0].static if sequences else xr.Dataset()
    box = None
    if "lat" in static and "lon" in static:
        lat, lon = static["lat"].to_numpy(), static["lon"].to_numpy() % 360
        box = [float(edge) for edge in (np.nanmin(lat), np.nanmax(lat), np.nanmin(lon), np.nanmax(lon))]
    return {
        "sequences": [
            {"name": s.name, "first": _text(s.times[0]), "last": _text(s.times[-1])}
            for s in sequences
            if len(s.times)
        ],
        "box": box,
    }


def _text(time: np.datetime64) -> str:
    return str(time.astype("datetime64[s]"))
