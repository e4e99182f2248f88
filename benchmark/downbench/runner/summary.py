"""A short table of a request's outcomes for the terminal."""

from __future__ import annotations

from typing import Any

Rows = dict[str, list[tuple[str, list[float | None]]]]


def headline_columns(outcomes: list[dict[str, Any]]) -> tuple[list[str], Rows]:
    """Whole-domain, whole-year scores: column titles, and for each dataset (method, values) rows."""
    titles: dict[tuple[str, str], str] = {}
    table: Rows = {}
    values: list[tuple[str, str, dict[tuple[str, str], float | None]]] = []
    for outcome in outcomes:
        scores = {}
        for score in outcome["scores"]:
            if score["region"] == "all" and score["season"] == "all" and "signed" not in score["component"]:
                key = (score["metric"], score["component"])
                scores[key] = score["value"]
                unit = f" [{score['unit']}]" if score["unit"] else ""
                titles.setdefault(key, " ".join(part for part in key if part) + unit)
        label = f"{outcome['dataset']} ({outcome['variant']})" if outcome["variant"] else outcome["dataset"]
        name = outcome["method"] + (f" (seed {outcome['seed']})" if outcome["seed"] else "")
        values.append((label, name if outcome["status"] == "finished" else f"{name}: failed", scores))
    for label, name, scores in values:
        table.setdefault(label, []).append((name, [scores.get(key) for key in titles]))
    return list(titles.values()), table
