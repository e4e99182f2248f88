"""How long a request will take, and how sure that is, before anything is computed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from downbench.contracts.configuration import build_config
from downbench.pipeline.plan import Plan, suited_to
from downbench.pipeline.time_left import span
from downbench.plugins.descriptions import PresetCost
from downbench.store.run_directory import FIT, RUN, SAMPLE
from downbench.suite.estimate.calibration import slowness
from downbench.suite.estimate.earlier import earlier

_LEAST = 5.0  # seconds below which nothing is said
_LONG = 60.0  # seconds of a run that is named, where others take less
_NAMED = 4  # methods that a line names, of many
_FACTOR = 3  # within which costs that were measured elsewhere hold, as a rule


class Expected(NamedTuple):
    """Seconds that a run will take, and where that is known from: ``earlier``, ``preset`` or ``unknown``."""

    seconds: float
    source: str


def expected(plan: Plan) -> Expected:
    """What a run that is not finished will take: fit and samples, as far as they do not stand there."""
    took, sources = earlier(plan), set()
    seconds = 0.0
    directory, cost = plan.directory, _cost_of_preset(plan)
    if not (directory.fit / FIT).is_file() and plan.weights is None:
        if took.fit is not None:
            seconds += took.fit
            sources.add("earlier")
        elif cost is not None:
            fit = cost.fit * slowness()
            seconds += fit if plan.budget is None else min(fit, plan.budget)
            sources.add("preset")
        else:
            sources.add("unknown")
    if not (directory.sample / SAMPLE).is_file():
        if took.frame is not None:
            seconds += took.frame * plan.frames.count * plan.members
            sources.add("earlier")
        elif cost is not None:
            seconds += cost.sample * slowness() * _values(plan) / 1e6
            sources.add("preset")
        else:
            sources.add("unknown")
    worst = next((source for source in ("unknown", "preset", "earlier") if source in sources), "earlier")
    return Expected(seconds, worst)


def _cost_of_preset(plan: Plan) -> PresetCost | None:
    """What the plan's preset took elsewhere, its fit scaled to other training steps.

    None where that was not measured, or a parameter differs that may change it. What the suite itself sets,
    where coarse rain is not the mean of the fine, does not count as such.
    """
    method = plan.method_class
    presets = method.presets
    preset = plan.preset if presets else None
    cost = plan.info.costs.get(preset or "")
    if cost is None:
        return None
    suited = suited_to(method, preset, plan.frames)
    plain = build_config(plan.info.name, method.Config, presets, preset, suited).model_dump()
    own = plan.config.model_dump()
    differing = {key for key in own.keys() | plain.keys() if own.get(key) != plain.get(key)} - set(cost.free)
    if not differing:
        return cost
    steps, measured = own.get(cost.steps), plain.get(cost.steps)
    if differing != {cost.steps} or not steps or not measured:
        return None
    return cost._replace(fit=cost.fit * steps / measured)


def _values(plan: Plan) -> int:
    """Values of the ensemble."""
    return plan.members * sum(int(sequence.fine.size) for sequence in plan.frames.sequences)


def quickest_first(plans: Iterable[Plan]) -> list[Plan]:
    """Plans in the order in which one process goes through them, so that first results are there soon.

    Runs of which nothing is known come first: they are of methods that somebody writes, and may fail.
    """
    return sorted(plans, key=lambda plan: expected(plan).seconds)


def estimate(plans: Sequence[Plan], jobs: int = 1) -> str:
    """One line on what is ahead; empty where everything is finished or takes a few seconds.

    Args:
        plans: of the request.
        jobs: that go forward at once.
    """
    ahead = [plan for plan in plans if not (plan.directory.score / RUN).is_file()]
    if not ahead:
        return ""
    each = [(plan, expected(plan)) for plan in ahead]
    total = sum(one.seconds for _, one in each) / min(max(jobs, 1), len(ahead))
    unknown = [plan for plan, one in each if one.source == "unknown"]
    if total < _LEAST and not unknown:
        return ""
    runs = "1 run" if len(ahead) == 1 else f"{len(ahead)} runs"
    if len(unknown) == len(ahead):
        return f"expect  {runs}; nothing is known of how long {_names(unknown)} will take"
    parts = []
    if count := sum(one.source == "earlier" for _, one in each):
        parts.append(f"{count} as earlier runs here took")
    if count := sum(one.source == "preset" for _, one in each):
        parts.append(f"{count} by what its preset took elsewhere, good to a factor of {_FACTOR}")
    if unknown:
        parts.append(f"without {_names(unknown)}, of which nothing is known")
    return f"expect  about {span(total)} for {runs}{_longest(each)}: {'; '.join(parts)}"


def _longest(each: Sequence[tuple[Plan, Expected]]) -> str:
    """What takes most of the time, where other runs do not, and how to leave it out."""
    whole = sum(one.seconds for _, one in each)
    long = [(plan, one) for plan, one in each if one.seconds > max(whole / 5, _LONG)]
    if not long or len(long) == len(each):
        return ""
    names = ", ".join(f"{plan.name} {span(one.seconds)}" for plan, one in long)
    controls = [plan for plan, _ in long if plan.role == "control"]
    out = f"; --no-controls leaves out {_names(controls)}" if controls else ""
    return f" ({names}{out})"


def _names(plans: Iterable[Plan]) -> str:
    names = list(dict.fromkeys(plan.info.name for plan in plans))
    more = len(names) - _NAMED
    return ", ".join(names) if more < 2 else f"{', '.join(names[:_NAMED])} and {more} others"
