"""Commands that make a run again, of what its record says."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

import yaml

from downbench.errors import DownbenchError
from downbench.plugins.defaults import without_defaults
from downbench.plugins.session import registry
from downbench.store.keys import code_version
from downbench.store.row_names import as_written
from downbench.store.usual_settings import set_otherwise
from downbench.suite.plain_yaml import read_yaml


def repeat_command(run: Any) -> str:
    """The command that makes a run of the same method, configuration, seed and frames again.

    It says what is not so without it. Data stand at ``path/to`` in it, since nobody knows another's folders.

    Args:
        run: its record, or another reading of it with the same names.
    """
    method, dataset = run.method, run.dataset
    if method.submission is not None:
        file = PurePath(method.submission.file or "predictions").name
        parts = ["bench", "submit", f"path/to/{file}", "-d", dataset.name, "--name", method.name]
        return shlex.join([*parts, *_limit(run), *data_options(run)])
    name, chosen = _chosen(method, run)
    parts = ["bench", "run", "-m", name, "-d", dataset.name]
    if method.preset and not method.weights:
        parts += ["--preset", method.preset]
    if run.seed is not None:
        parts += ["--seed", str(run.seed)]
    if run.members is not None and method.probabilistic:
        parts += ["--members", str(run.members)]
    parts += _limit(run)
    if run.budget is not None:
        parts += ["--budget", f"{as_set(run.budget)}s"]
    if method.weights:
        parts += ["--weights", "path/to/weights"]
    if run.track:
        parts += ["--shift", f"{run.track.name}=path/to/other-data"]
    return shlex.join([*parts, *data_options(run), *_sets(name, chosen)])


def code_here(method: Any) -> str:
    """Version of the code that a command would run a method with; empty where nobody here knows it.

    Args:
        method: part of a record, or another reading of it with the same names.
    """
    try:
        return code_version(registry().find("method", f"{method.distribution}:{method.name}"))
    except DownbenchError:
        return ""


def data_options(run: Any) -> list[str]:
    """Options of a command that scores something on the data of a run."""
    own = run.dataset
    root = PurePath(run.data_root).name if run.data_root else ""
    name = root or (own.variant if "_" in own.variant and not own.standin else "")
    try:
        chosen = without_defaults(own.name, own.configuration)
    except DownbenchError:  # nobody here knows it
        chosen = own.configuration
    # paths are of another machine
    told = {key: value for key, value in chosen.items() if not (isinstance(value, str) and "/" in value)}
    return [*(["--data-root", f"path/to/{name}"] if name else []), *_sets(own.name, told)]


def as_set(value: Any) -> str:
    """A parameter as ``--set`` reads it back."""
    plain = as_written(value)
    if _same(plain, value):
        return plain
    text = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10**6)
    return text.removesuffix("...\n").strip()


def _same(text: str, value: Any) -> bool:
    try:
        back = read_yaml(text, "a parameter").value
    except DownbenchError:
        return False
    return type(back) is type(value) and back == value


def _sets(name: str, chosen: Mapping[str, Any]) -> list[str]:
    return [word for key, value in chosen.items() for word in ("--set", f"{name}.{key}={as_set(value)}")]


def _limit(run: Any) -> list[str]:
    return ["--limit", str(run.limit)] if run.limit is not None else []


def _chosen(method: Any, run: Any) -> tuple[str, dict[str, Any]]:
    """What a command calls a method, and which of its parameters it has to set.

    Where nobody here knows the method, or its preset, all of them are set.
    """
    name = _called(method)
    if method.weights:
        return name, {}
    otherwise = set_otherwise(run)
    return (method.name, dict(method.configuration)) if otherwise is None else (name, otherwise)


def _called(method: Any) -> str:
    """A method's name, with its distribution where several bring one of that name."""
    alike = [one for one in registry().entries("method") if one.info.name == method.name]
    return f"{method.distribution}:{method.name}" if len(alike) > 1 else str(method.name)
