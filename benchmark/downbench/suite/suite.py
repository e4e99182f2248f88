"""Many runs: from the command line or a suite file, with the controls that a comparison needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from downbench.contracts.configuration import build_config
from downbench.contracts.dataset import Dataset
from downbench.contracts.metric import Metric
from downbench.errors import DownbenchError, UserError
from downbench.plugins.registry import registry
from downbench.run.cluster import check_engine, connected
from downbench.run.plan import MetricSet, Plan, make_plan
from downbench.run.run import explain, failed, run
from downbench.scoring.frames import Frames, open_frames
from downbench.scoring.regions import parse_region
from downbench.suite.processes import fit_together, started_processes

CONTROLS = ("nearest", "bicubic", "quantile-mapping", "mean-noise")  # of the protocol


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


def run_suite(
    suite: Suite, runs: Path, metrics: list[str] | None, report: Callable[[dict[str, Any]], None]
) -> list[dict[str, Any]]:
    """Run everything; each outcome is reported as soon as it stands. A failed run does not stop the others.

    Of several processes, the others help the first to fit, and end here.

    Raises:
        UserError: the request itself is wrong; found before anything is computed.
    """
    chosen = make_metrics(metrics)
    regions = tuple(parse_region(text) for text in suite.regions)
    if suite.scheduler is not None:
        with connected(suite.scheduler):
            pass  # refused now, rather than once methods have been fitted
    plans: list[Plan] = []
    missing: list[dict[str, Any]] = []
    for spec in suite.datasets:
        frames = open_frames(make_dataset(spec), suite.limit, regions)
        if suite.hours and frames.dataset.step > np.timedelta64(3, "h"):
            raise UserError(
                f"{frames.dataset.label} has steps of {frames.dataset.step / np.timedelta64(1, 'h'):g} hours",
                "--hours needs steps of three hours or less",
            )
        for method in _with_controls(suite):
            _plan_method(suite, method, frames, chosen, runs, plans, missing)
    processes = started_processes()
    failures = fit_together(plans, processes) if processes.count > 1 else {}
    if processes.rank > 0:
        raise SystemExit(0)
    for outcome in missing:
        report(outcome)
    outcomes = []
    for plan in plans:
        failure = failures.get(plan.directory.fit)
        outcomes.append(run(plan) if failure is None else failed(plan, failure))
        report(outcomes[-1])
    return missing + outcomes


def _plan_method(
    suite: Suite,
    method: MethodSpec,
    frames: Frames,
    metrics: MetricSet,
    runs: Path,
    plans: list[Plan],
    missing: list[dict[str, Any]],
) -> None:
    default = None if method.weights and "preset" not in suite.model_fields_set else suite.preset
    for seed in method.seeds if method.seeds is not None else suite.seeds:
        try:
            plan = make_plan(
                registry().find("method", method.name),
                frames,
                metrics,
                preset=method.preset or default,
                overrides=method.set,
                seed=seed,
                members=suite.members,
                budget=suite.budget,
                device=suite.device,
                role=method.role,
                runs=runs,
                scheduler=suite.scheduler,
                hours=suite.hours,
                weights=method.weights,
            )
        except DownbenchError as error:
            if isinstance(error, UserError) and (method.role == "method" or method.weights):
                raise
            missing.append(_unavailable(method, seed, frames.dataset, explain(error)))
            continue
        if plan.directory.score not in {other.directory.score for other in plans}:
            plans.append(plan)


def _with_controls(suite: Suite) -> list[MethodSpec]:
    """The methods, and those controls that are not among them, once each."""
    named = {method.name.split(":")[-1] for method in suite.methods}
    methods = [
        method.model_copy(update={"role": "control" if method.name in CONTROLS else "method"})
        for method in suite.methods
    ]
    if not suite.controls:
        return methods
    first_seed = suite.seeds[:1]
    added = [
        MethodSpec(name=name, role="control", seeds=first_seed) for name in CONTROLS if name not in named
    ]
    return added + methods


def make_dataset(spec: DatasetSpec) -> Dataset:
    """Make a dataset from its name, configuration and root.

    Raises:
        UserError: unknown name, bad configuration, no such root.
    """
    entry = registry().find("dataset", spec.name)
    dataset_class = entry.load()
    if not (isinstance(dataset_class, type) and issubclass(dataset_class, Dataset)):
        raise UserError(f"{entry.info.target} is not a subclass of downbench.Dataset")
    if spec.root is not None and not spec.root.exists():
        raise UserError(f"--data-root {spec.root} does not exist")
    config = build_config(spec.name, dataset_class.Config, dataset_class.presets, None, spec.set)
    return dataset_class(config, spec.root)


def make_metrics(names: list[str] | None) -> MetricSet:
    """The metrics asked for, or the standard set; one that cannot be imported is an error."""
    entries = [e for e in registry().entries("metric") if getattr(e.info, "default", True)]
    chosen = [registry().find("metric", name) for name in names] if names else entries
    if not names:
        for entry in chosen:
            registry().find("metric", entry.info.name)  # a clash of names must be settled first
    loaded: dict[str, Metric] = {entry.info.name: entry.load()() for entry in chosen}
    return MetricSet({entry.info.name: entry for entry in chosen}, loaded)


def _unavailable(method: MethodSpec, seed: int, dataset: Dataset, reason: str) -> dict[str, Any]:
    return {
        "method": method.name,
        "dataset": dataset.name,
        "variant": dataset.variant,
        "status": "failed",
        "key": None,
        "directory": None,
        "reason": reason,
        "role": method.role,
        "seed": seed,
        "scores": [],
    }
