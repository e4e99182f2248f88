"""A study's arms: the same methods at several budgets, or scored on several tracks, a table each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from downbench.contracts.study import Study
from downbench.findings.study_table import study_table, to_markdown
from downbench.suite.study import Outcome

Arm = dict[str, Any]


def study_arms(study: Study, outcomes: Sequence[Outcome], title: str) -> list[Arm]:
    """Rows of each budget and track, the first budget on the dataset itself first.

    Args:
        study: what was asked.
        outcomes: of all runs.
        title: of the study.
    """
    groups: dict[tuple[float, str | None], list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault((outcome.get("times", 1.0), outcome.get("track")), []).append(outcome)
    return [
        {
            "times": times,
            "track": track,
            "title": title + _budget(times) + (f", track {track}: {_label(group)}" if track else ""),
            "relation": next((o["relation"] for o in group if o.get("relation")), ""),
            "rows": study_table(study, group),
        }
        for (times, track), group in groups.items()
    ]


def arms_markdown(study: Study, arms: Sequence[Arm]) -> str:
    """The tables of all arms, and what each budget gives beside each other where there are several."""
    pages = [to_markdown(study, arm["title"], arm["rows"], arm["relation"]) for arm in arms]
    for track in dict.fromkeys(arm["track"] for arm in arms):
        several = [arm for arm in arms if arm["track"] == track]
        if len(several) > 1:
            pages.append(_curve(study, several))
    return "\n".join(pages)


def _curve(study: Study, arms: Sequence[Arm]) -> str:
    """The first metric by budget, with the paired difference from the reference at the same budget."""
    column = study.metrics[0]
    lines = [f"# {column} by budget" + (f", track {arms[0]['track']}" if arms[0]["track"] else ""), ""]
    lines.append("| method | " + " | ".join(f"{arm['times']:g} times" for arm in arms) + " |")
    lines.append("|---" * (1 + len(arms)) + "|")
    tables = [{row["method"]: row for row in arm["rows"]} for arm in arms]
    for name in (name for name in (study.reference, *study.questions) if name in study.scaled):
        lines.append(f"| {name} | " + " | ".join(_cell(table.get(name), column) for table in tables) + " |")
    note = f"In brackets: less `{study.reference}` at the same budget, and the verdict of the first seed."
    return "\n".join([*lines, "", note]) + "\n"


def _cell(row: dict[str, Any] | None, column: str) -> str:
    if row is None or row["scores"][column]["value"] is None:
        return "-"
    score, difference = row["scores"][column], row["differences"].get(column)
    text = f"{score['value']:.4g}" + ("" if score["sd"] is None else f" ± {score['sd']:.2g}")
    if difference is None:
        return text
    return f"{text} ({difference['value']:+.2g}, {difference['verdict'] or 'no interval'})"


def _budget(times: float) -> str:
    return "" if times == 1 else f", {times:g} times the budget"


def _label(group: Sequence[Outcome]) -> str:
    return next((o["label"] for o in group if o.get("label")), "")
