"""Keys of stages: SHA-256 over what matters to a stage and the key of the stage before it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from downbench import protocol
from downbench.files import digest_json
from downbench.plugins.inventory import is_editable, plugin_packages
from downbench.plugins.registry import Registration
from downbench.store.run_directory import SHOWN
from downbench.store.sources import (
    hash_of_files,
    hash_of_module,
    imports_of_files,
    imports_of_module,
)


def code_version(entry: Registration) -> str:
    """Version of a plug-in's code: its release, or a hash of its source where that can change unseen.

    A plug-in that imports from another one, such as the toolkit of the built-in methods, has the version of
    that code in its own.
    """
    if entry.pinned:
        return entry.version
    tools = "".join(f"+{tool}" for tool in _tools(entry))
    if entry.file is not None:
        return f"source-{source_hash(entry)}{tools}"
    if not is_editable(entry.distribution):
        return f"{entry.version}{tools}"
    source = source_hash(entry)
    return f"{entry.version}+source-{source}{tools}" if source else f"{entry.version}{tools}"


def _tools(entry: Registration) -> Iterator[str]:
    """Versions of what a plug-in imports from other plug-ins."""
    module = entry.info.target.partition(":")[0]
    names = imports_of_module(module) if entry.file is None else imports_of_files([entry.file])
    for package, (name, version) in sorted(plugin_packages().items()):
        used = sorted(one for one in names if one.partition(".")[0] == package)
        if not used or package == module.partition(".")[0]:
            continue
        if not is_editable(name):
            yield f"{package}-{version}"
            continue
        hashes = {hash_of_module(one) or "" for one in used}
        yield f"{package}-{digest_json(sorted(hashes))[:SHOWN]}"


def source_hash(entry: Registration) -> str:
    """Hash of a plug-in's source, which is its file, or its module and what that imports of its package.

    Empty where there is no source.
    """
    if entry.file is not None:
        return hash_of_files([entry.file], entry.file.parent)[:SHOWN]
    return (hash_of_module(entry.info.target.partition(":")[0]) or "")[:SHOWN]


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
