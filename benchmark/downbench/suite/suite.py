"""Running what was asked for: many runs, with the controls that a comparison needs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from downbench.contracts.dataset import Dataset
from downbench.errors import DownbenchError, UserError
from downbench.plugins.session import registry
from downbench.protocol import CONTROLS
from downbench.run.cluster import connected
from downbench.run.plan import Plan, make_plan
from downbench.run.run import explain, failed, run
from downbench.run.scoring_plan import MetricSet
from downbench.scoring.frames import Frames, open_frames
from downbench.scoring.regions import parse_region
from downbench.suite.processes import fit_together, started_processes
from downbench.suite.request import MethodSpec, Suite
from downbench.suite.resolve import make_dataset, make_metrics


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
