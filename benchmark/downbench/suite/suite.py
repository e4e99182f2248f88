"""Running what was asked for: many runs, with the controls that a comparison needs."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from downbench.contracts.configuration import refuse_preset
from downbench.contracts.dataset import Dataset
from downbench.errors import DownbenchError, Unsuited, UserError, disk_problem
from downbench.guard import running
from downbench.models.shift import check_track
from downbench.pipeline.cluster.connection import connected
from downbench.pipeline.evaluations import with_earlier
from downbench.pipeline.local_dask import read_here
from downbench.pipeline.metric_set import MetricSet, make_metrics
from downbench.pipeline.plan import Plan, make_plan
from downbench.pipeline.run import explain, failed, run
from downbench.pipeline.sound_data import refuse_unsound
from downbench.plugins.session import registry
from downbench.protocol import CONTROLS
from downbench.scoring.frames import Frames, Track, open_frames
from downbench.scoring.regions import UserRegion, parse_region
from downbench.store.run_directory import RUN
from downbench.suite.cluster.runs import run_with_cluster
from downbench.suite.estimate.estimate import estimate, quickest_first
from downbench.suite.jobs.ahead import Ahead, begun_ahead
from downbench.suite.jobs.run_jobs import run_jobs
from downbench.suite.jobs.sharing import job_count
from downbench.suite.names import with_names
from downbench.suite.processes import fit_together, started_processes
from downbench.suite.request import MethodSpec, Suite
from downbench.suite.resolve import make_dataset

Outcome = dict[str, Any]


@read_here()
def run_suite(
    suite: Suite,
    runs: Path,
    metrics: list[str] | None,
    report: Callable[[Outcome], None],
    say: Callable[[str], None] = lambda text: None,
) -> list[Outcome]:
    """Run everything, and report each outcome as soon as it is there. A failed run does not stop the others.

    If there are several processes, the others help the first one to fit, and end here.

    Args:
        suite: what is asked for.
        runs: folder that holds the run directories.
        metrics: names; None is the standard set.
        report: is handed each outcome as soon as it is there.
        say: is told about how long it will take, before it begins.

    Raises:
        UserError: the request itself is wrong, which is noticed before anything is computed.
    """
    regions = tuple(parse_region(text) for text in suite.regions)
    if suite.scheduler is not None:
        with connected(suite.scheduler):
            pass  # refused now, rather than once methods have been fitted
    processes, jobs = started_processes(), job_count(suite.jobs)
    if processes.count > 1 and jobs > 1:
        raise UserError(
            f"--jobs {suite.jobs} and {processes.count} processes of a launcher do not go together",
            "--jobs starts processes of its own; leave out one of the two",
        )
    asked = len(list(_with_seeds(suite))) * len(suite.datasets)
    with begun_ahead(min(jobs, asked), [method.name for method in suite.methods]) as ahead:
        plans, missing = _plan_all(suite, runs, make_metrics(metrics), regions)
        unfinished = [plan for plan in plans if not (plan.directory.score / RUN).is_file()]
        if unfinished:
            _refuse_unwritable(runs)
        if processes.rank == 0 and (text := estimate(plans, jobs)):
            say(text)
        failures = fit_together(plans, processes) if processes.count > 1 else {}
        if processes.rank > 0:
            raise SystemExit(0)
        for outcome in missing:
            report(outcome)
        if jobs > 1 and len(unfinished) > 1:
            return missing + _side_by_side(plans, unfinished, jobs, report, ahead)
        ahead.end()
        if suite.scheduler is not None:
            return missing + run_with_cluster(plans, suite.scheduler, failures, report, say)
        outcomes = {}
        for plan in quickest_first(plans):
            failure = failures.get(plan.directory.fit)
            outcome = outcomes[plan.directory.score] = run(plan) if failure is None else failed(plan, failure)
            report(outcome)
        return missing + [outcomes[plan.directory.score] for plan in plans]


def _refuse_unwritable(runs: Path) -> None:
    """Say once that a folder of runs cannot be written to, rather than once a run."""
    try:
        runs.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=runs):
            pass
    except OSError as error:
        why = disk_problem(error) or error.strerror or str(error)
        raise UserError(
            f"no run can be written to {runs}: {why}", "name another folder with --runs"
        ) from None


def _side_by_side(
    plans: list[Plan],
    unfinished: list[Plan],
    jobs: int,
    report: Callable[[Outcome], None],
    ahead: Ahead,
) -> list[Outcome]:
    """Outcomes in the order of the plans; those that are finished are read first, in this process."""
    waiting = {plan.directory.score for plan in unfinished}
    outcomes = {}
    for plan in plans:
        if plan.directory.score not in waiting:
            outcomes[plan.directory.score] = run(plan)
            report(outcomes[plan.directory.score])
    outcomes |= run_jobs(unfinished, jobs, report, ahead)
    return [outcomes[plan.directory.score] for plan in plans]


def _plan_all(
    suite: Suite, runs: Path, metrics: MetricSet, regions: tuple[UserRegion, ...]
) -> tuple[list[Plan], list[Outcome]]:
    """Plans of all runs, each once, and the outcomes of those that cannot be planned."""
    plans: dict[Path, Plan] = {}
    missing: list[Outcome] = []
    refused: list[UserError] = []
    for frames in _all_frames(suite, regions):
        _check_hours(suite, frames.dataset)
        for method, seed in _with_seeds(suite):
            try:
                plan = _plan(suite, method, seed, frames, metrics, runs)
            except DownbenchError as error:
                if isinstance(error, UserError):
                    if _is_asked_for(suite, method):
                        raise
                    refused += [] if isinstance(error, Unsuited) else [error]
                missing.append(_unavailable(method, seed, frames, explain(error)))
            else:
                plans.setdefault(plan.directory.score, plan)
    if refused and not any(suite.preset in plan.method_class.presets for plan in plans.values()):
        raise refused[0]  # such as a preset that no method has
    _refuse_presets(suite, plans.values())
    return with_names(with_earlier(plans.values())), missing


def _refuse_presets(suite: Suite, plans: Collection[Plan]) -> None:
    """Refuse presets that no method has which they are asked of, as one without presets would not notice.

    Raises:
        UserError: names the first.
    """
    presets = {plan.info.name: plan.method_class.presets for plan in plans}
    if "preset" in suite.model_fields_set:
        refuse_preset(suite.preset, presets)
    for method in suite.methods:
        name = _short(method)
        refuse_preset(method.preset, {name: presets.get(name, {})})


def _all_frames(suite: Suite, regions: tuple[UserRegion, ...]) -> Iterator[Frames]:
    """Frames of each dataset, followed by those of its shift tracks."""
    for spec in suite.datasets:
        dataset = make_dataset(spec)
        refuse_unsound(dataset, registry().find("dataset", spec.name))
        yield open_frames(dataset, suite.limit, regions)
        for track in spec.shift:
            shifted = open_frames(
                make_dataset(spec.shifted(track)), suite.limit, regions, Track(track, dataset)
            )
            check_track(shifted)
            yield shifted


def _check_hours(suite: Suite, dataset: Dataset) -> None:
    if suite.hours and dataset.step > np.timedelta64(3, "h"):
        raise UserError(
            f"{dataset.label} has steps of {dataset.step / np.timedelta64(1, 'h'):g} hours",
            "--hours needs steps of three hours or less",
        )


def _plan(
    suite: Suite, method: MethodSpec, seed: int, frames: Frames, metrics: MetricSet, runs: Path
) -> Plan:
    default = None if method.weights and "preset" not in suite.model_fields_set else suite.preset
    entry = registry().find("method", method.name)
    with running(f"method {entry.info.name!r}", entry.load(), UserError):
        return make_plan(
            entry,
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
            isolation=suite.isolation,
            keep=suite.keep,
        )


def _is_asked_for(suite: Suite, method: MethodSpec) -> bool:
    """Whether the request names a method, which is otherwise one of the controls that are added."""
    return method.name in {asked.name for asked in suite.methods}


def _with_seeds(suite: Suite) -> Iterator[tuple[MethodSpec, int]]:
    for method in _with_controls(suite):
        for seed in method.seeds or suite.seeds:
            yield method, seed


def _with_controls(suite: Suite) -> list[MethodSpec]:
    """The methods, and those controls that are not among them, once each."""
    named = {_short(method) for method in suite.methods}
    methods = [
        method.model_copy(update={"role": "control" if _short(method) in CONTROLS else "method"})
        for method in suite.methods
    ]
    if not suite.controls:
        return methods
    first_seed = suite.seeds[:1]
    added = [
        MethodSpec(name=name, role="control", seeds=first_seed) for name in CONTROLS if name not in named
    ]
    return added + methods


def _short(method: MethodSpec) -> str:
    """The name of a method without its distribution."""
    return method.name.split(":")[-1]


def is_failure(suite: Suite, outcome: Outcome) -> bool:
    """Whether an outcome makes the request fail; a control that cannot run here (no torch) leaves a gap."""
    asked = {method.name for method in suite.methods} | {_short(method) for method in suite.methods}
    return outcome["status"] == "failed" and (outcome["method"] in asked or outcome["directory"] is not None)


def _unavailable(method: MethodSpec, seed: int, frames: Frames, reason: str) -> Outcome:
    dataset = frames.dataset
    return {
        "method": method.name,
        "name": method.name,
        "dataset": dataset.name,
        "variant": dataset.variant,
        "relation": None,
        "notes": [],
        "track": None if frames.track is None else frames.track.name,
        "label": frames.label,
        "status": "failed",
        "key": None,
        "directory": None,
        "reason": reason,
        "role": method.role,
        "seed": seed,
        "scores": [],
    }
