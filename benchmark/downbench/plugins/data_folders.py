"""Distributions that hold data only: an entry point names a package, whose folder is read, never imported."""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path

from downbench.plugins.loading import BUILTIN
from downbench.plugins.session import options


@dataclass(frozen=True)
class DataFolder:
    """A folder of data, and the distribution that brings it, with its version."""

    distribution: str
    version: str
    path: Path


def data_folders(group: str, variable: str) -> list[DataFolder]:
    """Folders that installed distributions bring, those of this project first.

    ``--no-plugins`` and ``DOWNBENCH_PLUGINS`` leave out those of others, as they do with plug-ins.

    Args:
        group: of entry points. The target of each is a package at the top, whose folder holds the data.
        variable: of the environment. Where it is set, the folder that it names takes the place of all that is
            installed; an empty one stands for none.
    """
    if (named := os.environ.get(variable)) is not None:
        return [DataFolder(variable, "", Path(named))] if named and Path(named).is_dir() else []
    now = options()
    allowed = None if now.allowed is None else {_normal(name) for name in now.allowed.split(",")}
    folders: dict[Path, DataFolder] = {}
    for point in sorted(entry_points(group=group), key=_order):
        name = point.dist.name if point.dist else "unknown"
        others = now.builtins_only or (allowed is not None and _normal(name) not in allowed)
        path = None if others and not _is_ours(name) else _folder(point)
        if path is not None:
            folders.setdefault(path, DataFolder(name, point.dist.version if point.dist else "", path))
    return list(folders.values())


def _folder(point: EntryPoint) -> Path | None:
    """The folder of a package; None where it is not there, or is not a folder."""
    if "." in point.value or not point.value.isidentifier():
        return None  # finding a module inside a package would import the package
    spec = find_spec(point.value)
    locations = spec.submodule_search_locations if spec else None
    return next((path for path in map(Path, locations or ()) if path.is_dir()), None)


def _order(point: EntryPoint) -> tuple[bool, str, str]:
    name = point.dist.name if point.dist else ""
    return (not _is_ours(name), name, point.name)


def _is_ours(distribution: str) -> bool:
    return _normal(distribution).startswith(f"{BUILTIN}-") or _normal(distribution) == BUILTIN


def _normal(name: str) -> str:
    return name.strip().lower().replace("_", "-")
