"""Measured costs of a row: means over its seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from downbench_leaderboard.records.schema import Run

COSTS = {  # short name, and what the axis of a chart says
    "sample": ("sampling", "sampling time per day and member [s]"),
    "fit": ("fitting", "fitting time [s]"),
    "memory": ("memory", "peak memory of sampling [MB]"),
    "parameters": ("parameters", "parameters"),
}


def cost_of(run: Run) -> dict[str, float | None]:
    """Measured costs of one run by the keys of :data:`COSTS`; None where nothing was measured."""
    fit, sample = run.cost.get("fit", {}), run.cost.get("sample", {})
    measured = {
        "sample": sample.get("s_per_day_member"),
        "fit": fit.get("wall_s"),
        "memory": sample.get("peak_memory_mb"),
        "parameters": _parameters(run.method.parameters),
    }
    return {key: float(v) if isinstance(v, int | float) else None for key, v in measured.items()}


def _parameters(parts: Mapping[str, Any]) -> Any:
    """Of all parts of a model together, where the record does not add them up; None without numbers."""
    numbers = [number for number in parts.values() if isinstance(number, int)]
    return parts.get("total", sum(numbers) if numbers else None)


def mean_cost(runs: Sequence[Run]) -> dict[str, float | None]:
    """Costs of several runs together."""
    costs = [cost_of(run) for run in runs]
    means: dict[str, float | None] = {}
    for key in COSTS:
        measured = [cost for one in costs if (cost := one[key]) is not None]
        means[key] = fmean(measured) if measured else None
    return means


def members_of(run: Run) -> int | None:
    """Members that were really scored: a deterministic method has one."""
    return run.members if run.method.probabilistic else 1
