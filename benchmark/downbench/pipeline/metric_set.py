"""Metrics made from their registrations, their authors' mistakes named, and the set of a comparison."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from downbench.contracts.metric import Metric
from downbench.errors import UserError
from downbench.guard import defined_at, running
from downbench.plugins.registry import Registration
from downbench.plugins.session import registry
from downbench.store.record_parts import MetricPart

_DIRECTIONS = ("lower", "higher", "zero", "none")
_NEEDS = ("ensemble", "deterministic")


@dataclass(frozen=True)
class MetricSet:
    """The metrics of a comparison with their registry entries."""

    entries: Mapping[str, Registration]
    metrics: Mapping[str, Metric]

    def versions(self) -> dict[str, str]:
        """Full name to version; a built-in's is its own ``version`` number."""
        return {e.full_name: f"{e.version}/{self.metrics[name].version}" for name, e in self.entries.items()}

    def only(self, names: list[str]) -> MetricSet:
        """Those of some names."""
        return MetricSet({n: self.entries[n] for n in names}, {n: self.metrics[n] for n in names})

    def parts(self) -> dict[str, MetricPart]:
        """What a record says of each metric."""
        return {name: _part(self.entries[name], metric) for name, metric in self.metrics.items()}


def _part(entry: Registration, metric: Metric) -> MetricPart:
    return MetricPart(
        title=entry.info.title,
        distribution=entry.distribution,
        unit=metric.unit,
        direction=metric.direction,
        range=[None if abs(bound) == float("inf") else bound for bound in metric.range],
        definition=metric.definition,
        reference=metric.reference or entry.info.reference,
        headline=metric.headline,
        tags=list(entry.info.tags),
        fair=metric.fair,
        version=metric.version,
    )


def make_metrics(names: list[str] | None) -> MetricSet:
    """The metrics asked for, or the standard set; one that cannot be imported is an error."""
    entries = [e for e in registry().entries("metric") if getattr(e.info, "default", True)]
    chosen = [registry().find("metric", name) for name in names] if names else entries
    if not names:
        for entry in chosen:
            registry().find("metric", entry.info.name)  # a clash of names must be settled first
    loaded = {entry.info.name: make_metric(entry) for entry in chosen}
    return MetricSet({entry.info.name: entry for entry in chosen}, loaded)


def make_metric(entry: Registration) -> Metric:
    """Make a metric.

    Raises:
        UserError: a mistake in the metric's code.
    """
    code = entry.load_class(Metric)  # type: ignore[type-abstract]
    what = f"metric {entry.info.name!r}"
    with running(what, code, UserError):
        metric: Metric = code()
    mistakes = mistakes_of_metric(metric)
    if mistakes:
        raise UserError(f"{what} is not right ({defined_at(code)})", "\n  ".join(mistakes))
    return metric


def mistakes_of_metric(metric: Metric) -> list[str]:
    """What is wrong with a metric's attributes, each with its remedy."""
    mistakes = []
    if metric.direction not in _DIRECTIONS:
        mistakes.append(f"its direction is {metric.direction!r}; the directions are {', '.join(_DIRECTIONS)}")
    if metric.needs not in _NEEDS:
        mistakes.append(f"its needs are {metric.needs!r}; write one of {', '.join(_NEEDS)}")
    if not isinstance(metric.past, int) or isinstance(metric.past, bool) or metric.past < 0:
        mistakes.append(f"its past is {metric.past!r}; give the number of frames that it looks back")
    if not _is_range(metric.range):
        mistakes.append(f"its range is {metric.range!r}; give the lowest and highest value that it can have")
    if not isinstance(metric.unit, str) or not metric.unit.strip():
        mistakes.append(f"its unit is {metric.unit!r}; write it as text, such as 'mm/h', or '1' for none")
    if not isinstance(metric.version, int) or metric.version < 1:
        mistakes.append(f"its version is {metric.version!r}; count from 1")
    for name in ("fair", "regional"):
        if not isinstance(getattr(metric, name), bool):
            mistakes.append(f"its {name} is {getattr(metric, name)!r}; write True or False")
    return mistakes


def _is_range(value: object) -> bool:
    """Whether it is a lowest and a highest number."""
    if not (isinstance(value, tuple) and len(value) == 2):
        return False
    return all(isinstance(end, int | float) for end in value) and bool(value[0] < value[1])
