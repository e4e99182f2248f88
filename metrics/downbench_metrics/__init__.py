"""Built-in metrics of downbench: a room for each question, which its ``__init__`` lists."""

from __future__ import annotations

from dataclasses import replace

from downbench import MetricInfo, hookimpl
from downbench_metrics import amounts, climate, extremes, mass, motion, overall, spread, texture
from downbench_metrics.formulas import FORMULAS
from downbench_metrics.oracles.checks import CHECKS

_ROOMS = (overall, spread, extremes, amounts, texture, motion, climate, mass)


@hookimpl
def downbench_metrics() -> list[MetricInfo]:
    """Describe the built-in metrics, each with its formula and the check that is independent of it."""
    return [
        replace(info, check=CHECKS[info.name], formula=info.formula or FORMULAS.get(info.name, ""))
        for room in _ROOMS
        for info in room.METRICS
    ]
