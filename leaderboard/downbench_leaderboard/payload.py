"""What the scripts of a page read: the scores of a table, packed small, and its curves and costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from downbench_leaderboard.columns import column_key
from downbench_leaderboard.rows import Entry, row_details
from downbench_leaderboard.schema import Run, Score
from downbench_leaderboard.tables import Table

COSTS = {  # what the scatter may show against the score
    "sample": "sampling time per day and member [s]",
    "fit": "fitting time [s]",
    "memory": "peak memory of sampling [MB]",
    "parameters": "parameters",
}


def table_payload(
    table: Table, badges: Mapping[str, Sequence[tuple[str, str] | None]] | None = None
) -> dict[str, Any]:
    """Rows, columns and cells of a table.

    ``cells["region|season"][row][column]`` is ``[value, low, high, n, n_eff, members, reason, why there is no
    interval]``, both reasons an index into ``reasons`` or null; null stands for a cell that the run says
    nothing about. ``badges`` has letter and sentence of each row's class by column id, as
    :func:`~downbench_leaderboard.classes.table_badges` gives them.
    """
    details = row_details(table.entries)
    reasons: dict[str, int] = {}
    keys = {column.key: i for i, column in enumerate(table.columns)}
    cells: dict[str, list[list[list[Any] | None]]] = {}
    for row, entry in enumerate(table.entries):
        for score in entry.run.scores:
            grid = cells.setdefault(
                f"{score.region}|{score.season}", [[None] * len(keys) for _ in table.entries]
            )
            grid[row][keys[column_key(entry.run, score)]] = _cell(score, reasons)
    return {
        "id": table.id,
        "label": table.label,
        "rows": [_row(entry, details[entry.page]) for entry in table.entries],
        "columns": [
            {
                "id": c.id,
                "title": c.title,
                "metric": c.metric,
                "unit": c.unit,
                "power": c.power,
                "direction": c.direction,
                "headline": c.headline,
                "tags": c.card.tags,
            }
            for c in table.columns
        ],
        "regions": table.choices("region"),
        "seasons": table.choices("season"),
        "reasons": list(reasons),
        "no_intervals": no_intervals([entry.run for entry in table.entries]),
        "cells": cells,
        "badges": dict(badges or {}),
        "curves": curves_payload(table.entries, details),
        "costs": COSTS,
    }


def _cell(score: Score, reasons: dict[str, int]) -> list[Any]:
    def number(reason: str) -> int | None:
        return reasons.setdefault(reason, len(reasons)) if reason else None

    reason = score.reason or ("" if score.value is not None else "no reason was given")
    no_interval = score.reason_interval if score.value is not None and score.low is None else None
    values = [score.value, score.low, score.high, score.n, score.n_eff, score.members]
    return [*values, number(reason), number(no_interval or "")]


def no_intervals(runs: list[Run]) -> str:
    """A sentence where no score has an interval, with the reasons that the runs give."""
    scores = [score for run in runs for score in run.scores]
    if any(score.low is not None for score in scores):
        return ""
    reasons = dict.fromkeys(score.reason_interval for score in scores if score.reason_interval)
    why = f" ({'; '.join(list(reasons)[:3])})" if reasons else ""
    return f"There are no intervals{why}, so small differences may be chance."


def _row(entry: Entry, detail: str) -> dict[str, Any]:
    run, method = entry.run, entry.run.method
    return {
        "name": method.name,
        "title": method.title,
        "detail": detail,
        "page": entry.page,
        "role": run.role,
        "distribution": method.distribution,
        "version": method.version,
        "preset": method.preset,
        "seed": run.seed,
        "members": members_of(run),
        "tags": method.tags,
        "cost": cost_of(run),
    }


def members_of(run: Run) -> int | None:
    """Members that were really scored: a deterministic method has one."""
    return run.members if run.method.probabilistic else 1


def cost_of(run: Run) -> dict[str, float | None]:
    """Measured costs by the keys of :data:`COSTS`; None where nothing was measured."""
    fit, sample = run.cost.get("fit", {}), run.cost.get("sample", {})
    found = {
        "sample": sample.get("s_per_day_member"),
        "fit": fit.get("wall_s"),
        "memory": sample.get("peak_memory_mb"),
        "parameters": run.method.parameters.get("total"),
    }
    return {key: value if isinstance(value, int | float) else None for key, value in found.items()}


def curves_payload(entries: list[Entry], details: dict[str, str]) -> dict[str, Any]:
    """Curves of several runs in one chart each: the truth once, then one series per run.

    The truth is that of the first run; where another run's truth or abscissa differs (it should not), that
    run brings its own.
    """
    charts: dict[str, Any] = {}
    for row, entry in enumerate(entries):
        for name, curve in entry.run.curves.items():
            chart = charts.setdefault(
                name,
                {
                    "x_label": curve.x_label,
                    "y_label": curve.y_label,
                    "log_x": curve.log_x,
                    "log_y": curve.log_y,
                    "series": [],
                },
            )
            for label, ordinates in curve.series.items():
                shared = label == "truth"
                if shared and any(
                    s["truth"] and s["x"] == curve.x and s["y"] == ordinates for s in chart["series"]
                ):
                    continue
                own = entry.run.method.name + ("" if label == "ensemble" else f": {label}")
                first = shared and not any(s["truth"] for s in chart["series"])
                chart["series"].append(
                    {
                        "label": "truth" if first else own,
                        "detail": "" if first else details.get(entry.page, ""),
                        "truth": shared,
                        "role": entry.run.role,
                        "row": None if first else row,
                        "x": curve.x,
                        "y": ordinates,
                    }
                )
    return charts
