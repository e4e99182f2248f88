"""Measured costs of a row: means over its seeds.

Sampling is that of the ensemble as it is scored, of all members: a method that gives one field is paid once.
Time is that of the processors, which hardly depends on what else a machine does, so that runs of different
days and machines may stand beside each other; on a GPU it is that of the clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from downbench_leaderboard.records.schema import Run

COSTS = {  # short name, and what the axis of a chart says
    "sample": ("sampling", "sampling [s a simulated day, all members]"),
    "fit": ("fitting", "fitting [s]"),
    "memory": ("memory", "peak memory of sampling [MB]"),
    "parameters": ("parameters", "parameters"),
}


def cost_of(run: Run) -> dict[str, float | None]:
    """Measured costs of one run by the keys of :data:`COSTS`; None where nothing was measured."""
    fit, sample = run.cost.get("fit", {}), run.cost.get("sample", {})
    on_gpu = run.device.get("name", "cpu") != "cpu"
    each = _of_processors(sample, "s_per_day_member", on_gpu)
    measured = {
        "sample": None if each is None else each * (members_of(run) or 1),
        "fit": _of_processors(fit, "wall_s", on_gpu),
        "memory": sample.get("peak_memory_mb"),
        "parameters": _parameters(run.method.parameters),
    }
    return {key: float(v) if isinstance(v, int | float) else None for key, v in measured.items()}


def _of_processors(stage: Mapping[str, Any], time: str, on_gpu: bool) -> Any:
    """A time on the clock as time of processors, where the stage knows it."""
    clock, wall, cpu = (stage.get(key) for key in (time, "wall_s", "cpu_s"))
    if on_gpu or clock is None or not wall or cpu is None:
        return clock
    return clock * cpu / wall


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
