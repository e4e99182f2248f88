"""What runs of one command are called: their method, and where it has several, the least that differs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from downbench.pipeline.plan import Plan
from downbench.store.keys import code_version
from downbench.store.row_names import row_names


def with_names(plans: Sequence[Plan]) -> list[Plan]:
    """The same plans, each called as its row would be in a table of all that run on the same frames."""
    on_frames: dict[str, list[Plan]] = {}
    for plan in plans:
        on_frames.setdefault(plan.frames.label, []).append(plan)
    called = {
        plan.directory.score: name
        for alike in on_frames.values()
        for plan, name in zip(alike, _names(alike), strict=True)
    }
    return [replace(plan, called=called[plan.directory.score]) for plan in plans]


def _names(plans: Sequence[Plan]) -> list[str]:
    """Names of plans on the same frames; their seeds are said beside them."""
    return row_names([(_as_record(plan), (f"seed {plan.seed}",)) for plan in plans])


def _as_record(plan: Plan) -> Any:
    """What the record of a run will say of it, as far as names need that: no code of the method is called."""
    weights = plan.weights and SimpleNamespace(
        digest=plan.weights.digest, training=SimpleNamespace(label=plan.weights.card.dataset.label)
    )
    method = SimpleNamespace(
        name=plan.info.name,
        distribution=plan.entry.distribution,
        version=code_version(plan.entry),
        probabilistic=plan.info.probabilistic,
        preset=plan.preset if plan.method_class.presets else None,
        configuration=plan.config.model_dump(mode="json"),
        training=plan.info.training,
        finishing={},  # it follows from the configuration
        weights=weights,
    )
    dataset = SimpleNamespace(factor=plan.frames.dataset.factor, relation={})  # is measured by the run
    return SimpleNamespace(
        method=method, dataset=dataset, track=None, members=plan.members, budget=plan.budget
    )
