"""A short table of a request's outcomes for the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Summary:
    """Whole-domain, whole-year scores of the runs on one dataset.

    Args:
        methods: column titles.
        rows: (metric title with unit) to one value per method.
        relation: how coarse and fine rain are related.
        steps: time steps that were scored.
        no_interval: why no value has an interval; empty where one has.
        notes: of the dataset: how it was read, and what to know of it.
    """

    methods: list[str] = field(default_factory=list)
    rows: dict[str, list[float | None]] = field(default_factory=dict)
    relation: str = ""
    steps: int = 0
    no_interval: str = ""
    notes: list[str] = field(default_factory=list)

    @property
    def heading(self) -> str:
        """What the scores rest on, and why they say nothing about chance where they have no intervals."""
        steps = f"{self.steps:,} time step" + ("s" if self.steps != 1 else "")
        return "; ".join([self.relation, steps, *([self.no_interval] if self.no_interval else [])])


def summarise(outcomes: Sequence[Mapping[str, Any]], headlines: Mapping[str, str]) -> dict[str, Summary]:
    """Table per dataset label, of each metric's headline component (all components where it names none)."""
    tables: dict[str, Summary] = {}
    for outcome in outcomes:
        if outcome["status"] != "finished":
            continue
        table = tables.setdefault(outcome["label"], Summary())
        table.relation = outcome["relation"]
        table.notes = list(outcome.get("notes", ()))
        table.steps = max([table.steps, *(score["n"] for score in outcome["scores"])])
        table.no_interval = table.no_interval or _no_interval(outcome["scores"])
        table.methods.append(outcome["name"] + (f", seed {outcome['seed']}" if outcome["seed"] else ""))
        for score in outcome["scores"]:
            whole = score["region"] == "all" and score["season"] == "all"
            if not whole or headlines.get(score["metric"], "") not in ("", score["component"]):
                continue
            unit = f" [{score['unit']}]" if score["unit"] else ""
            title = " ".join(part for part in (score["metric"], score["component"]) if part) + unit
            row = table.rows.setdefault(title, [])
            row += [None] * (len(table.methods) - 1 - len(row))
            row.append(score["value"])
    for table in tables.values():
        for row in table.rows.values():
            row += [None] * (len(table.methods) - len(row))
    return tables


def _no_interval(scores: Sequence[Mapping[str, Any]]) -> str:
    reasons = [score["reason_interval"] for score in scores if score["value"] is not None]
    if not reasons or None in reasons:
        return ""
    return f"no intervals: {reasons[0]}"
