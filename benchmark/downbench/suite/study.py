"""Running a study: every method once, the leading ones with more seeds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from downbench.contracts.study import Study
from downbench.suite.request import apply_settings, build_suite
from downbench.suite.suite import Outcome, run_suite


def run_study(
    study: Study,
    request: Mapping[str, Any],
    settings: list[str],
    seeds: list[int],
    leading: int,
    runs: Path,
    report: Callable[[Outcome], None],
    say: Callable[[str], None] = lambda text: None,
) -> list[Outcome]:
    """Run every method with the first seed, and the reference and the best others with all seeds.

    Args:
        request: keys of a suite but methods and seeds.
        settings: ``name.key=value``, of methods or the dataset.
        leading: how many methods, the reference among them, get all seeds.
        say: is told about how long it will take, before it begins.

    Returns:
        Outcomes; finished runs are not computed again.
    """
    methods = [study.reference, *study.questions]
    outcomes = _run(study, methods, request, settings, seeds[:1], runs, report, say)
    if len(seeds) == 1:
        return outcomes
    first = study.metrics[0]
    scores = {outcome["method"]: value(outcome, first) for outcome in outcomes}
    ranked = sorted((m for m in methods[1:] if scores.get(m) is not None), key=lambda m: scores[m] or 0.0)
    chosen = [study.reference, *ranked[: leading - 1]]
    kept = [s for s in settings if s.startswith(tuple(f"{name}." for name in (*chosen, _dataset(request))))]
    # a suite runs its controls once, which they have
    rest = {**request, "controls": False}
    return outcomes + _run(study, chosen, rest, kept, seeds[1:], runs, report, say)


def _dataset(request: Mapping[str, Any]) -> str:
    name: str = request["datasets"][0]["name"]
    return name


def _run(
    study: Study,
    methods: list[str],
    request: Mapping[str, Any],
    settings: list[str],
    seeds: list[int],
    runs: Path,
    report: Callable[[Outcome], None],
    say: Callable[[str], None],
) -> list[Outcome]:
    content = {**deepcopy(dict(request)), "methods": [], "seeds": seeds}
    content["methods"] = [{"name": name, "set": dict(study.settings)} for name in methods]
    apply_settings(content, settings)
    return run_suite(build_suite(content), runs, None, report, say)


def split(column: str) -> tuple[str, str]:
    """Metric and component of a column."""
    metric, _, component = column.partition(" ")
    return metric, component


def value(outcome: Outcome, column: str) -> float | None:
    """A finished run's score of the whole domain and period."""
    wanted = (*split(column), "all", "all")
    for score in outcome["scores"]:
        if (score["metric"], score["component"], score["region"], score["season"]) == wanted:
            number: float | None = score["value"]
            return number
    return None
