"""A study's tables: scores, paired differences from the reference, and what each method costs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from downbench.contracts.study import Study
from downbench.runner.comparison import compare
from downbench.runner.stored import StoredRun, open_run
from downbench.runner.study import Outcome, split, value

Row = dict[str, Any]


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
    shared = [seed for seed in runs if seed in reference]
    differences = {} if name == study.reference else _differences(study, runs, reference, shared)
    return {
        "method": name,
        "question": study.questions.get(name, ""),
        "seeds": list(runs),
        "failure": failure or None,
        "scores": scores,
        "differences": differences,
        "cost": _cost(open_run(Path(next(iter(runs.values()))["directory"]))) if runs else None,
    }


def _cost(run: StoredRun) -> dict[str, float | None]:
    """What a run cost, as its own stages measured it."""
    cost, parameters = run.run["cost"], run.run["method"]["parameters"]
    sample = cost.get("sample", {})
    return {
        "fit_cpu_s": cost.get("fit", {}).get("cpu_s"),
        "sample_s_per_day_member": sample.get("s_per_day_member"),
        "peak_memory_mb": max((stage["peak_memory_mb"] for stage in cost.values()), default=None),
        "parameters": parameters.get("total", sum(parameters.values())) if parameters else None,
    }


def _differences(
    study: Study, runs: dict[int, Outcome], reference: dict[int, Outcome], seeds: list[int]
) -> dict[str, Any]:
    metrics = list(dict.fromkeys(split(column)[0] for column in study.metrics))
    found: dict[str, Any] = {}
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
            entry = found.setdefault(column, {**first, "by_seed": {}})
            entry["by_seed"][seed] = row["difference"]
    return found


def _by_column(rows: Sequence[Row]) -> dict[tuple[str, str], Row]:
    return {(row["metric"], row["component"]): row for row in rows}


def _verdict(verdict: str | None) -> str | None:
    return {"A better": "better", "B better": "worse"}.get(verdict or "", verdict)


def to_markdown(study: Study, title: str, rows: list[Row]) -> str:
    """Scores and costs for people, differences signed as method less reference."""
    head = ["method", "question", "seeds", *study.metrics]
    lines = [f"# {title}", "", _line(head), _line(["---"] * len(head))]
    for row in rows:
        cells = [_cell(row, column) for column in study.metrics]
        lines.append(_line([row["method"], row["question"], str(len(row["seeds"])), *cells]))
    lines += ["", *[f"* {row['method']} failed: {row['failure']}" for row in rows if row["failure"]]]
    notes = {entry["reason"] for row in rows for entry in row["differences"].values() if entry["reason"]}
    lines += [f"* no interval: {note}" for note in sorted(notes)]
    return "\n".join([*lines, "", *_costs(rows), ""])


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _cell(row: Row, column: str) -> str:
    score = row["scores"][column]
    if score["value"] is None:
        return "-"
    text = f"{score['value']:.4g}"
    if score["sd"] is not None:
        text += f" ± {score['sd']:.2g}"
    entry = row["differences"].get(column)
    if entry is None:
        return text
    return f"{text} ({_difference(entry)})"


def _difference(entry: dict[str, Any]) -> str:
    text = f"{entry['value']:+.2g}"
    if entry["low"] is not None:
        return f"{text} [{entry['low']:+.2g}, {entry['high']:+.2g}] {entry['verdict']}"
    if times := entry["times"]:
        text += f", better in {times['a_better']} of {times['times']} {times['by']}s"
    return text


def _costs(rows: list[Row]) -> list[str]:
    """Lines of the table of costs."""
    head = ["method", "fit, CPU s", "sample, s a simulated day and member", "peak memory, MB", "parameters"]
    lines = [_line(head), _line(["---"] * len(head))]
    for row in rows:
        if row["cost"] is not None:
            fit, sample, memory, parameters = row["cost"].values()
            numbers = [_number(x, form) for x, form in ((fit, ".0f"), (sample, ".2g"), (memory, ".0f"))]
            lines.append(_line([row["method"], *numbers, _number(parameters, ",")]))
    return lines


def _number(x: float | None, form: str) -> str:
    return "-" if x is None else format(x, form)
