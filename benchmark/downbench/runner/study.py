"""Running a study, and its table: each method's scores and its paired differences from the reference."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np

from downbench.contracts.study import Study
from downbench.runner.comparison import compare
from downbench.runner.stored import open_run
from downbench.runner.suite import apply_settings, build_suite, run_suite

Outcome = dict[str, Any]


def run_study(
    study: Study,
    request: Mapping[str, Any],
    settings: list[str],
    seeds: list[int],
    leading: int,
    runs: Path,
    report: Callable[[Outcome], None],
) -> list[Outcome]:
    """Run every method with the first seed, and the reference and the best others with all seeds.

    Args:
        request: keys of a suite but methods and seeds.
        settings: ``name.key=value``, of methods or the dataset.
        leading: how many methods, the reference among them, get all seeds.

    Returns:
        Outcomes; finished runs are not computed again.
    """
    methods = [study.reference, *study.questions]
    outcomes = _run(methods, request, settings, seeds[:1], runs, report)
    if len(seeds) == 1:
        return outcomes
    first = study.metrics[0]
    scores = {outcome["method"]: value(outcome, first) for outcome in outcomes}
    ranked = sorted((m for m in methods[1:] if scores.get(m) is not None), key=lambda m: scores[m] or 0.0)
    chosen = [study.reference, *ranked[: leading - 1]]
    kept = [s for s in settings if s.startswith(tuple(f"{name}." for name in (*chosen, _dataset(request))))]
    return outcomes + _run(chosen, request, kept, seeds[1:], runs, report)


def _dataset(request: Mapping[str, Any]) -> str:
    name: str = request["datasets"][0]["name"]
    return name


def _run(
    methods: list[str],
    request: Mapping[str, Any],
    settings: list[str],
    seeds: list[int],
    runs: Path,
    report: Callable[[Outcome], None],
) -> list[Outcome]:
    content = {**deepcopy(dict(request)), "methods": [{"name": name} for name in methods], "seeds": seeds}
    apply_settings(content, settings)
    return run_suite(build_suite(content), runs, None, report)


def split(column: str) -> tuple[str, str]:
    """Metric and component of a column."""
    metric, _, component = column.partition(" ")
    return metric, component


def value(outcome: Outcome, column: str) -> float | None:
    """A finished run's score of the whole domain and period."""
    wanted = (*split(column), "all", "all")
    for score in outcome["scores"]:
        if (score["metric"], score["component"], score["region"], score["season"]) == wanted:
            found: float | None = score["value"]
            return found
    return None


def study_table(study: Study, outcomes: list[Outcome]) -> list[dict[str, Any]]:
    """A row for each method: its question, mean scores over seeds, differences from the reference.

    Returns:
        The reference first, then the questions, then controls. A difference has value, low, high and verdict
        (of the first seed), the reason where there is none, and ``by_seed``, what each seed gives.
    """
    finished = [outcome for outcome in outcomes if outcome["status"] == "finished"]
    by_method: dict[str, dict[int, Outcome]] = {}
    for outcome in finished:
        by_method.setdefault(outcome["method"], {})[outcome["seed"]] = outcome
    reference = by_method.get(study.reference, {})
    order = [study.reference, *study.questions]
    controls = [name for name in by_method if name not in order]
    failures = {o["method"]: o["reason"] for o in outcomes if o["status"] != "finished"}
    return [
        _row(study, name, by_method.get(name, {}), reference, failures.get(name, ""))
        for name in [*order, *controls]
    ]


def _row(
    study: Study, name: str, runs: dict[int, Outcome], reference: dict[int, Outcome], failure: str
) -> dict[str, Any]:
    scores = {}
    for column in study.metrics:
        values = [v for run in runs.values() if (v := value(run, column)) is not None]
        spread = float(np.std(values, ddof=1)) if len(values) > 1 else None
        scores[column] = {"value": float(np.mean(values)) if values else None, "sd": spread}
    shared = [seed for seed in runs if seed in reference]
    differences = {} if name == study.reference else _differences(study, runs, reference, shared)
    return {
        "method": name,
        "question": study.questions.get(name, ""),
        "seeds": list(runs),
        "failure": failure or None,
        "scores": scores,
        "differences": differences,
    }


def _differences(
    study: Study, runs: dict[int, Outcome], reference: dict[int, Outcome], seeds: list[int]
) -> dict[str, Any]:
    metrics = list(dict.fromkeys(split(column)[0] for column in study.metrics))
    found: dict[str, Any] = {}
    for seed in seeds:
        pair = [open_run(Path(run[seed]["directory"])) for run in (runs, reference)]
        rows = {(r["metric"], r["component"]): r for r in compare(pair, metrics)["differences"]}
        for column in study.metrics:
            row = rows.get(split(column))
            if row is None or row["difference"] is None:
                continue
            first = {key: row[key] for key in ("low", "high", "reason")}
            first |= {"value": row["difference"], "verdict": _verdict(row["verdict"])}
            entry = found.setdefault(column, {**first, "by_seed": {}})
            entry["by_seed"][seed] = row["difference"]
    return found


def _verdict(verdict: str | None) -> str | None:
    return {"A better": "better", "B better": "worse"}.get(verdict or "", verdict)


def to_markdown(study: Study, title: str, rows: list[dict[str, Any]]) -> str:
    """The table for people, differences signed as method less reference."""
    head = ["method", "question", "seeds", *study.metrics]
    lines = [f"# {title}", "", _line(head), _line(["---"] * len(head))]
    for row in rows:
        cells = [_cell(row, column) for column in study.metrics]
        lines.append(_line([row["method"], row["question"], str(len(row["seeds"])), *cells]))
    lines += ["", *[f"* {row['method']} failed: {row['failure']}" for row in rows if row["failure"]]]
    notes = {entry["reason"] for row in rows for entry in row["differences"].values() if entry["reason"]}
    return "\n".join([*lines, *[f"* no interval: {note}" for note in sorted(notes)], ""])


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _cell(row: dict[str, Any], column: str) -> str:
    score = row["scores"][column]
    if score["value"] is None:
        return "-"
    text = f"{score['value']:.4g}"
    entry = row["differences"].get(column)
    if entry is None:
        return text
    text += f" ({entry['value']:+.2g}"
    if entry["low"] is not None:
        text += f" [{entry['low']:+.2g}, {entry['high']:+.2g}] {entry['verdict']}"
    return text + ")"
