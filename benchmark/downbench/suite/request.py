"""What was asked for: a suite file, and the options of the command line that win over it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from downbench.errors import UserError
from downbench.protocol import CONTROLS
from downbench.run.cluster import check_engine


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class MethodSpec(_Strict):
    """A method of a suite."""

    name: str
    preset: str | None = None
    set: dict[str, Any] = Field(default_factory=dict)
    seeds: list[int] | None = None
    weights: Path | None = None
    role: str = "method"


class DatasetSpec(_Strict):
    """A dataset of a suite."""

    name: str
    root: Path | None = None
    set: dict[str, Any] = Field(default_factory=dict)


class Suite(_Strict):
    """What to run: every method on every dataset, each with every seed."""

    methods: list[MethodSpec]
    datasets: list[DatasetSpec]
    preset: str = "tiny"
    members: int = Field(default=8, ge=1)
    seeds: list[int] = [0]
    limit: int | None = Field(default=None, ge=1)
    budget: float | None = Field(default=None, gt=0)
    controls: bool = True
    device: str = "auto"
    regions: list[str] = []
    hours: bool = False
    engine: Literal["local", "dask"] = "local"
    scheduler: str | None = None


def read_suite(path: Path) -> dict[str, Any]:
    """Read a suite file: the keys of :class:`Suite`; methods and datasets may be plain names.

    Raises:
        UserError: no such file, bad YAML.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"suite {path} cannot be read: {error.strerror}") from None
    except yaml.YAMLError as error:
        raise UserError(f"suite {path} is no YAML: {error}") from None
    if not isinstance(content, dict):
        raise UserError(f"suite {path} is empty or no mapping", "it needs the keys methods and datasets")
    for key in ("methods", "datasets"):
        items = content.get(key, [])
        if not isinstance(items, list):
            raise UserError(f"suite {path}: {key} must be a list")
        content[key] = [{"name": item} if isinstance(item, str) else item for item in items]
    return content


def choose(specs: list[dict[str, Any]], names: list[str] | None) -> list[dict[str, Any]]:
    """The methods or datasets of these names, as the suite has them where it does; all without names."""
    if not names:
        return specs
    return [
        spec
        for name in dict.fromkeys(names)
        for spec in [each for each in specs if each["name"] == name] or [{"name": name}]
    ]


def build_suite(content: Mapping[str, Any]) -> Suite:
    """Check the whole request at once.

    Raises:
        UserError: names the first key that is wrong.
    """
    try:
        suite = Suite.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        raise UserError(
            f"{'.'.join(str(p) for p in first['loc'])}: {first['msg']}", f"got {first['input']!r}"
        ) from None
    if not suite.methods:
        raise UserError("no method to run", "name one with --method; `bench list methods` shows them")
    check_engine(suite.engine, suite.scheduler)
    if not suite.datasets:
        raise UserError("no dataset to run on", "name one with --dataset; `bench list datasets` shows them")
    return suite


def apply_settings(suite: dict[str, Any], settings: list[str]) -> None:
    """Spread ``--set name.key=value`` over the methods and datasets of a request, in place.

    Raises:
        UserError: malformed, or names nothing in this request.
    """
    for setting in settings:
        target, equals, value = setting.partition("=")
        specs = [*suite["methods"], *suite["datasets"]]
        matching = [spec for spec in specs if target.startswith(spec["name"] + ".")]
        if not equals or "." not in target:
            raise UserError(
                f"--set {setting!r} is not 'name.key=value'", "for instance --set ofdiff.steps=10"
            )
        if not matching:
            names = ", ".join(dict.fromkeys(spec["name"] for spec in specs))
            raise UserError(
                f"--set {setting!r} names no method or dataset of this run", f"there are: {names}"
            )
        longest = max(len(spec["name"]) for spec in matching)
        for spec in matching:
            if len(spec["name"]) == longest:
                spec.setdefault("set", {})[target[longest + 1 :]] = yaml.safe_load(value)


def apply_weights(suite: dict[str, Any], given: list[str]) -> None:
    """Spread ``--weights name=DIR`` over the methods of a request, in place; a lone DIR is the one method's.

    Raises:
        UserError: names no method of this request, or it is not told which of several.
    """
    methods = suite["methods"]
    own = [spec for spec in methods if spec["name"] not in CONTROLS] or methods
    for text in given:
        name, equals, folder = text.partition("=")
        named = [spec for spec in methods if name in (spec["name"], spec["name"].split(":")[-1])]
        if equals and named:
            for spec in named:
                spec["weights"] = folder
        elif len(own) == 1 and (not equals or Path(text).exists()):
            own[0]["weights"] = text
        else:
            names = ", ".join(spec["name"] for spec in methods) or "none"
            raise UserError(
                f"--weights {text!r} does not say which method's weights these are",
                f"write --weights METHOD=DIR; the methods of this run: {names}",
            )
