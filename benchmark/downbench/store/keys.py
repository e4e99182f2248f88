"""Keys of stages: SHA-256 over what matters to a stage and the key of the stage before it."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from downbench import protocol
from downbench.files import digest_json
from downbench.plugins.registry import Registration
from downbench.store.run_directory import SHOWN


@cache
def _source_hash(folder_or_file: Path) -> str:
    files = sorted(folder_or_file.rglob("*.py")) if folder_or_file.is_dir() else [folder_or_file]
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:SHOWN]


@cache
def _is_editable(name: str) -> bool:
    try:
        text = distribution(name).read_text("direct_url.json")
    except PackageNotFoundError:
        return True
    return bool(text) and bool(json.loads(text or "{}").get("dir_info", {}).get("editable"))


def code_version(entry: Registration) -> str:
    """Version of a plug-in's code: its release, or a hash of its source where that can change unseen."""
    if entry.file is not None:
        return f"source-{_source_hash(entry.file)}"
    if not _is_editable(entry.distribution):
        return entry.version
    package = find_spec(entry.info.target.split(":")[0].split(".")[0])
    if package is None or package.origin is None:
        return entry.version
    origin = Path(package.origin)
    return f"{entry.version}+source-{_source_hash(origin.parent if origin.stem == '__init__' else origin)}"


def fit_key(
    entry: Registration,
    config: dict[str, Any],
    fingerprint: str,
    seed: int,
    budget: float | None,
    weights: str | None = None,
    inputs: str = "",
) -> str:
    """Key of a fit.

    Args:
        entry: the method.
        config: without the parameters that count for sampling only.
        fingerprint: of the dataset.
        seed: of the run.
        budget: in seconds.
        weights: digest of weights that take the place of fitting.
        inputs: digest of what the method's code reads besides its data.
    """
    content = {
        "stage": "fit",
        "method": entry.full_name,
        "version": code_version(entry),
        "config": config,
        "fingerprint": fingerprint,
        "seed": seed,
        "budget": budget,
    }
    given = {"weights": weights, "inputs": inputs}
    return digest_json(content | {name: digest for name, digest in given.items() if digest})


def sample_key(fit: str, sampling: dict[str, Any], frames: str, members: int) -> str:
    """Key of an ensemble of the frames."""
    return digest_json(
        {"stage": "sample", "fit": fit, "sampling": sampling, "frames": frames, "members": members}
    )


def score_key(sample: str, metrics: dict[str, str], regions: list[str], hours: bool = False) -> str:
    """Key of scores; ``metrics`` maps the full name to a version, ``hours`` adds scores by hour of day."""
    content = {
        "stage": "score",
        "sample": sample,
        "metrics": metrics,
        "regions": regions,
        "protocol": protocol.VERSION,
    }
    return digest_json(content | ({"hours": True} if hours else {}))
