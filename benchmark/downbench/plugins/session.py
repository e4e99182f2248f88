"""The session: which plug-ins this process loads, and the one registry of them."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from downbench.files import digest_file
from downbench.plugins.descriptions import DatasetInfo
from downbench.plugins.registry import Registry


@dataclass(frozen=True)
class Options:
    """Which plug-ins are loaded; plain and hashable, so that other processes can be given it.

    Args:
        files: plug-in files.
        builtins_only: leave out everything that is not part of this distribution.
        allowed: names of distributions, separated by commas, that may be loaded besides the built-ins; None
            allows all that are installed.
        digests: of the files as they were when this was said; empty for one that cannot be read.
    """

    files: tuple[str, ...] = ()
    builtins_only: bool = False
    allowed: str | None = None
    digests: tuple[str, ...] = ()


_chosen = Options()


def configure(files: tuple[Path, ...] = (), builtins_only: bool = False, allowed: str | None = None) -> None:
    """Say what :func:`registry` loads; what was loaded before is forgotten.

    Args:
        files: plug-in files.
        builtins_only: leave out what is installed besides.
        allowed: takes precedence over ``DOWNBENCH_PLUGINS`` unless it is None.
    """
    global _chosen
    paths = [Path(file).absolute() for file in files]
    digests = tuple(digest_file(path) if path.is_file() else "" for path in paths)
    _chosen = Options(tuple(map(str, paths)), builtins_only, allowed, digests)
    registry.cache_clear()


def options() -> Options:
    """What another process needs to load the same plug-ins, by :func:`configure_as`."""
    allowed = _chosen.allowed if _chosen.allowed is not None else os.environ.get("DOWNBENCH_PLUGINS")
    return replace(_chosen, allowed=allowed)


def configure_as(other: Options) -> None:
    """Load what another process loads; nothing happens where that is so already.

    Files that changed since this process loaded them are loaded again.
    """
    if options() != other:
        configure(tuple(Path(file) for file in other.files), other.builtins_only, other.allowed)


@cache
def registry() -> Registry:
    """The process's registry: the installed plug-ins that are allowed, and the plug-in files."""
    now = options()
    allowed = None if now.allowed is None else frozenset(now.allowed.split(","))
    return Registry(tuple(Path(file) for file in now.files), now.builtins_only, allowed)


def leaderboard_sections(runs: Callable[[], list[dict[str, Any]]]) -> list[dict[str, str]]:
    """Sections that plug-ins add to the page of each board of the leaderboard.

    Args:
        runs: gives the records of all runs; asked only where a plug-in has sections, since they are large.
    """
    hook = "downbench_leaderboard_sections"
    if not registry().has(hook):
        return []
    return [section for _, sections in registry().call(hook, runs=runs()) for section in sections or []]


def registered(kind: str) -> dict[tuple[str, str], Any]:
    """What plug-ins declare of a kind (``method``, ``metric``, ``dataset``), by distribution and name."""
    return {(entry.distribution, entry.info.name): entry.info for entry in registry().entries(kind)}


def dataset_info(name: str) -> DatasetInfo:
    """The description of a dataset, by its name or the path of its card.

    Raises:
        UserError: there is no such dataset.
    """
    info = registry().find("dataset", name).info
    assert isinstance(info, DatasetInfo)
    return info


def dataset_infos() -> list[DatasetInfo]:
    """The descriptions of all datasets."""
    infos = [entry.info for entry in registry().entries("dataset")]
    return [info for info in infos if isinstance(info, DatasetInfo)]
