"""A study's tables: scores, paired differences from the reference, and what each method costs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from downbench.contracts.study import Study
from downbench.findings.compare import compare
from downbench.findings.stored_run import StoredRun, open_run
from downbench.suite.study import Outcome, split, value

Row = dict[str, Any]
COSTS = ("fit, CPU s", "sample, s a simulated day and member", "peak memory, MB", "parameters")


def study_table(study: Study, outcomes: list[Outcome]) -> list[Row]:
    """A row for each method: its question, mean scores over seeds, differences from the reference.

    Returns:
        The reference first, then the questions, then controls. A difference has value, low, high and verdict
        (of the first seed), the reason where there is no interval and then in how many hours (or time bins)
        the method is better, and ``by_seed``, what each seed gives. A cost is that of the first seed.
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
) -> Row:
    scores = {}
    for column in study.metrics:
        values = [v for run in runs.values() if (v := value(run, column)) is not None]
        spread = float(np.std(values, ddof=1)) if len(values) > 1 else None
        scores[column] = {"value": float(np.mean(values)) if values else None, "sd": spread}
    first = open_run(Path(next(iter(runs.values()))["directory"])) if runs else None
    shared = [seed for seed in runs if seed in reference]
    differences = {} if name == study.reference else _differences(study, runs, reference, shared)
    return {
        "method": name,
        "question": study.questions.get(name, ""),
        "seeds": list(runs),
        "failure": failure or None,
        "scores": scores,
        "differences": differences,
        "training": "pairs" if first is None else first.record.method.training,
        "finishing": None if first is None else first.record.method.finishing,
        "cost": None if first is None else _cost(first),
    }


def _cost(run: StoredRun) -> dict[str, float | None]:
    """What a run cost, as its own stages measured it."""
    cost, parameters = run.record.cost, run.record.method.parameters
    peaks = [stage.peak_memory_mb for stage in (cost.fit, cost.sample, cost.score)]
    return {
        "fit_cpu_s": cost.fit.cpu_s,
        "sample_s_per_day_member": cost.sample.s_per_day_member,
        "peak_memory_mb": max((peak for peak in peaks if peak is not None), default=None),
        "parameters": parameters.get("total", sum(parameters.values())) if parameters else None,
    }


def _differences(
    study: Study, runs: dict[int, Outcome], reference: dict[int, Outcome], seeds: list[int]
) -> dict[str, Any]:
    metrics = list(dict.fromkeys(split(column)[0] for column in study.metrics))
    differences: dict[str, Any] = {}
    for seed in seeds:
        compared = compare([open_run(Path(run[seed]["directory"])) for run in (runs, reference)], metrics)
        rows, hours = (_by_column(compared.get(part, [])) for part in ("differences", "hours"))
        for column in study.metrics:
            row, parts = rows.get(split(column)), hours.get(split(column))
            if row is None or row["difference"] is None:
                continue
            first = {key: row[key] for key in ("low", "high", "reason")}
            first |= {"value": row["difference"], "verdict": _verdict(row["verdict"])}
            first["times"] = None if parts is None else {k: parts[k] for k in ("by", "times", "a_better")}
            entry = differences.setdefault(column, {**first, "by_seed": {}})
            entry["by_seed"][seed] = row["difference"]
    return differences


def _by_column(rows: Sequence[Row]) -> dict[tuple[str, str], Row]:
    return {(row["metric"], row["component"]): row for row in rows}


def _verdict(verdict: str | None) -> str | None:
    return {"A better": "better", "B better": "worse"}.get(verdict or "", verdict)


def to_markdown(study: Study, title: str, rows: list[Row], relation: str = "") -> str:
    """Scores, differences from the reference (method less reference) and costs, for people.

    Args:
        study: what was asked.
        title: of the page.
        rows: of the table.
        relation: how coarse and fine rain of the dataset are related.
    """
    rest = [row for row in rows if row["differences"]]
    scores = [
        [_name(row), row["question"], str(len(row["seeds"])), *[_score(row, m) for m in study.metrics]]
        for row in rows
    ]
    differences = [[_name(row), *[_difference(row, m) for m in study.metrics]] for row in rest]
    costs = [[_name(row), *_costs(row["cost"])] for row in rows if row["cost"]]
    notes = [f"* {row['method']} failed: {row['failure']}" for row in rows if row["failure"]]
    reasons = {entry["reason"] for row in rest for entry in row["differences"].values() if entry["reason"]}
    parts = [
        [f"# {title}"],
        [f"{relation[:1].upper()}{relation[1:]}."] if relation else [],
        _table(["method", "question", "seeds", *study.metrics], scores),
        notes,
        [f"Less `{study.reference}`, with the 95 % interval of the first seed where there is one:"],
        _table(["method", *study.metrics], differences),
        [f"* no interval: {reason}" for reason in sorted(reasons)],
        _table(["method", *COSTS], costs),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _table(head: list[str], rows: list[list[str]]) -> list[str]:
    return [_line(head), _line(["---"] * len(head)), *map(_line, rows)]


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _name(row: Row) -> str:
    """Its method, with what that was trained on where it was not pairs."""
    return row["method"] if row["training"] == "pairs" else f"{row['method']} ({row['training']})"


def _score(row: Row, column: str) -> str:
    score = row["scores"][column]
    if score["value"] is None:
        return "-"
    return _number(score["value"], ".4g") + ("" if score["sd"] is None else f" ± {score['sd']:.2g}")


def _difference(row: Row, column: str) -> str:
    entry = row["differences"].get(column)
    if entry is None:
        return "-"
    text = f"{entry['value']:+.2g}"
    if entry["low"] is not None:
        text += f" [{entry['low']:+.2g}, {entry['high']:+.2g}] {entry['verdict']}"
    elif times := entry["times"]:
        text += f", better in {times['a_better']} of {times['times']} {times['by']}s"
    if len(entry["by_seed"]) > 1:
        text += "; by seed " + ", ".join(f"{x:+.2g}" for x in entry["by_seed"].values())
    return text


def _costs(cost: dict[str, float | None]) -> list[str]:
    return [_number(x, form) for x, form in zip(cost.values(), (".0f", ".2g", ".0f", ","), strict=True)]


def _number(x: float | None, form: str) -> str:
    return "-" if x is None else format(x, form)
