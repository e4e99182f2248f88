"""Rows of a table: a run with its page, and what tells it from other runs of its method."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from downbench_leaderboard.schema import MethodCard, Run


@dataclass(frozen=True)
class Entry:
    """A run with the name of its page and the raw content of its ``run.json``."""

    run: Run
    page: str
    raw: dict[str, Any]
    place: str  # run directory, relative to the folder of runs
    directory: Path | None = None

    @property
    def finished(self) -> bool:
        """Whether there are scores to show."""
        return self.run.status == "finished"

    @property
    def maker(self) -> tuple[str, str]:
        """Distribution and name of the method."""
        return (self.run.method.distribution, self.run.method.name)


def row_details(entries: list[Entry]) -> dict[str, str]:
    """Per page: preset, seed and what finishes the samples, and what else tells runs of one method apart.

    That is the distribution where two make a method of that name, parameters that differ, and at last the
    version and fit key.
    """
    twins: dict[str, list[Entry]] = {}
    for entry in entries:
        twins.setdefault(entry.run.method.name, []).append(entry)
    details = {
        entry.page: _detail(entry.run, [t.run.method for t in twins[entry.maker[1]]]) for entry in entries
    }
    texts = Counter((entry.run.method.name, details[entry.page]) for entry in entries)
    for entry in entries:
        if texts[entry.run.method.name, details[entry.page]] > 1:
            fit = str(entry.run.keys.get("fit") or entry.place)[:8]
            details[entry.page] += f" · {entry.run.method.version} {fit}"
    return details


def _detail(run: Run, twins: list[MethodCard]) -> str:
    method = run.method
    parts = [method.preset or "", f"seed {run.seed}" if run.seed is not None else ""]
    parts.append(", ".join(method.finishing))
    if run.track is not None:
        parts.append(f"track {run.track.name}: fitted on {run.track.training.label}")
    if method.weights is not None:
        parts.append(f"not fitted here, but on {method.weights.training.label}")
    if len({twin.distribution for twin in twins}) > 1:
        parts.append(method.distribution)
    differing = [
        f"{key}={value}"
        for key, value in method.configuration.items()
        if any(twin.configuration.get(key) != value for twin in twins)
    ]
    return " · ".join(part for part in (*parts, *differing[:3]) if part)
