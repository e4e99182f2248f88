"""What was asked for: a suite file, and the options of the command line that win over it."""

from __future__ import annotations

import reprlib
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from downbench.contracts.configuration import USUAL_PRESET
from downbench.errors import UserError
from downbench.files import exists
from downbench.isolation.limits import Isolation, make_isolation
from downbench.missing import no_such
from downbench.pipeline.cluster.connection import check_engine
from downbench.pipeline.predictions import Keep
from downbench.protocol import CONTROLS
from downbench.suite.jobs.sharing import job_count
from downbench.suite.plain_yaml import MOST_BYTES, Document, read_yaml

Name = Annotated[str, Field(min_length=1)]
Members = Annotated[int, Field(strict=True, ge=1, le=10_000)]
Steps = Annotated[int, Field(strict=True, ge=1, le=10**9)]
Seeds = Annotated[list[Annotated[int, Field(strict=True, ge=-(2**63), lt=2**63)]], Field(min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class MethodSpec(_Strict):
    """A method of a suite."""

    name: Name
    preset: str | None = None
    set: dict[str, Any] = Field(default_factory=dict)
    seeds: Seeds | None = None
    weights: Path | None = None
    role: str = "method"


class ShiftSpec(_Strict):
    """Other data that methods fitted on a dataset are scored on; what is left out is as in the dataset."""

    name: Name | None = None
    root: Path | None = None
    set: dict[str, Any] = Field(default_factory=dict)


class DatasetSpec(_Strict):
    """A dataset of a suite, with the shift tracks on which methods fitted on it are scored as well."""

    name: Name
    root: Path | None = None
    set: dict[str, Any] = Field(default_factory=dict)
    shift: dict[Name, ShiftSpec] = Field(default_factory=dict)

    def shifted(self, track: str) -> DatasetSpec:
        """The data of a track: the dataset's root and parameters hold unless it names another dataset."""
        asked = self.shift[track]
        if asked.name is not None and asked.name != self.name:
            return DatasetSpec(name=asked.name, root=asked.root, set=asked.set)
        return DatasetSpec(name=self.name, root=asked.root or self.root, set={**self.set, **asked.set})


class Suite(_Strict):
    """What to run: every method on every dataset, each with every seed."""

    methods: list[MethodSpec] = []
    datasets: list[DatasetSpec] = []
    preset: str = USUAL_PRESET
    members: Members = 8
    seeds: Seeds = [0]
    limit: Steps | None = None
    budget: float | None = Field(default=None, gt=0)
    controls: bool = True
    device: Literal["auto", "cpu", "cuda"] = "auto"
    regions: list[str] = []
    hours: bool = False
    engine: Literal["local", "dask"] = "local"
    scheduler: str | None = None
    isolate: bool | None = None
    time_limit: str | None = None
    memory_limit: str | None = None
    keep: Keep | None = None
    jobs: int | str = 1

    @property
    def isolation(self) -> Isolation:
        """Which stages get a process of their own, and its limits."""
        return make_isolation(self.isolate, self.time_limit, self.memory_limit)


def read_suite(path: Path) -> dict[str, Any]:
    """Read a suite file: the keys of :class:`Suite`; methods and datasets may be plain names.

    Raises:
        UserError: the file cannot be read, is not YAML of plain data, or asks for something that no suite
            can have; the message names the file and the line.
    """
    document = read_yaml(_read_text(path), f"suite {path}")
    content = document.value
    if not isinstance(content, dict):
        raise UserError(
            f"suite {path} is empty or not a mapping", "it needs at least the keys methods and datasets"
        )
    for key in ("methods", "datasets"):
        items = content.get(key)
        items = [] if items is None else items
        if isinstance(items, list):
            items = [{"name": item} if isinstance(item, str) else item for item in items]
        content[key] = items
    _validate(content, document)
    return content


def _read_text(path: Path) -> str:
    if not path.exists():
        raise no_such(path, "suite")
    try:
        with path.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise UserError(f"suite {path} cannot be read: {reason}") from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UserError(
            f"suite {path}, line {line}: it is not UTF-8 text", "save the file in the encoding UTF-8"
        ) from None


def _validate(content: Mapping[str, Any], document: Document | None) -> Suite:
    try:
        return Suite.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        where = f"{document.where(first['loc'])}: " if document else ""
        if first["type"] == "extra_forbidden":
            raise UserError(f"{where}there is no key {key!r}", _nearest(first["loc"])) from None
        raise UserError(f"{where}{key}: {first['msg']}", f"got {reprlib.repr(first['input'])}") from None


def _nearest(steps: Sequence[int | str]) -> str:
    """What an unknown key may have been meant as."""
    owner: type[BaseModel] = Suite
    if len(steps) > 1:
        owner = ShiftSpec if "shift" in steps else MethodSpec if steps[0] == "methods" else DatasetSpec
    close = get_close_matches(str(steps[-1]), owner.model_fields, n=1)
    return f"did you mean {close[0]!r}?" if close else f"its keys: {', '.join(owner.model_fields)}"


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
    suite = _validate(content, None)
    if not suite.methods:
        raise UserError("no method to run", "name one with --method; `bench list methods` shows them")
    check_engine(suite.engine, suite.scheduler)
    _ = suite.isolation  # refuses limits that cannot be held
    if job_count(suite.jobs) > 1 and suite.scheduler is not None:
        raise UserError(
            "--jobs is for this machine, and --engine dask for the workers of a cluster", "leave out one"
        )
    if not suite.datasets:
        raise UserError("no dataset to run on", "name one with --dataset; `bench list datasets` shows them")
    return suite


def apply_settings(suite: dict[str, Any], settings: list[str]) -> None:
    """Spread ``--set name.key=value`` over the methods and datasets of a request, in place.

    Raises:
        UserError: it is malformed, or names nothing in this request.
    """
    for setting in settings:
        target, equals, value = setting.partition("=")
        specs = [*suite["methods"], *suite["datasets"]]
        matching = [(spec, name) for spec in specs for name in _called(spec["name"]) if _is_of(target, name)]
        if not equals or "." not in target:
            raise UserError(f"--set {setting!r} is not 'name.key=value'", _whole_setting(setting, specs))
        if not matching:
            names = ", ".join(dict.fromkeys(spec["name"] for spec in specs))
            raise UserError(
                f"--set {setting!r} names no method or dataset of this run", f"there are: {names}"
            )
        longest = max(len(name) for _, name in matching)
        meant = read_yaml(value, f"--set {setting!r}").value
        for spec, name in matching:
            if len(name) == longest:
                spec.setdefault("set", {})[target[longest + 1 :]] = meant


def _whole_setting(setting: str, specs: list[dict[str, Any]]) -> str:
    """What a setting without a name, or without a value, may have been meant to be."""
    key, equals, _ = setting.partition("=")
    names = list(dict.fromkeys(spec["name"] for spec in specs))
    if equals and key and names:
        return "it needs the name of what it is of: " + " or ".join(f"--set {n}.{setting}" for n in names[:4])
    return "for instance --set ofdiff.steps=10"


def _called(name: str) -> tuple[str, ...]:
    """Names that ``--set`` may use: a card in a file also goes by its name without folder and ending."""
    path = Path(name)
    return (name, path.stem) if path.suffix.lower() in (".yaml", ".yml") else (name,)


def _is_of(target: str, name: str) -> bool:
    return target.startswith(name + ".")


def apply_weights(suite: dict[str, Any], texts: list[str]) -> None:
    """Spread ``--weights name=DIR`` over the methods of a request, in place; a lone DIR is the one method's.

    Raises:
        UserError: it names no method of this request, or does not say which of several is meant.
    """
    methods = suite["methods"]
    own = [spec for spec in methods if spec["name"] not in CONTROLS] or methods
    for text in texts:
        name, equals, folder = text.partition("=")
        named = [spec for spec in methods if name in (spec["name"], spec["name"].split(":")[-1])]
        if equals and named:
            for spec in named:
                spec["weights"] = folder
        elif len(own) == 1 and (not equals or exists(Path(text))):
            own[0]["weights"] = text
        else:
            names = ", ".join(spec["name"] for spec in methods) or "none"
            raise UserError(
                f"--weights {text!r} does not say which method's weights these are",
                f"write --weights METHOD=DIR; the methods of this run: {names}",
            )


def apply_shifts(suite: dict[str, Any], texts: list[str]) -> None:
    """Give the datasets of a request the shift tracks ``NAME=DATA``, in place.

    DATA is a file or folder, the YAML file of a dataset, or ``{name: ..., root: ..., set: {...}}``.

    Raises:
        UserError: it is malformed, or one name stands for two.
    """
    names = [text.partition("=")[0] for text in texts]
    for text in texts:
        name, equals, data = text.partition("=")
        if names.count(name) > 1:
            raise UserError(f"--shift {name} is there twice", "give each track a name of its own")
        if not (name and equals and data):
            raise UserError(
                f"--shift {text!r} is not 'NAME=DATA'", "for instance --shift florida=southeast.nc"
            )
        meant = read_yaml(data, f"--shift {text!r}").value if data.lstrip().startswith("{") else None
        if meant is None:
            meant = {"name": data} if data.endswith((".yaml", ".yml")) else {"root": data}
        for spec in suite["datasets"]:
            spec["shift"] = {**spec.get("shift", {}), name: meant}
