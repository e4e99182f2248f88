"""What scoring needs, whoever asks for it: a run, a run that is scored again, or a verification."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from downbench.contracts.metric import Metric
from downbench.plugins.registry import Registration
from downbench.scoring.frames import Frames
from downbench.store.record_parts import MetricPart


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


@dataclass(frozen=True)
class ScoringPlan:
    """An ensemble and what it is held against.

    Args:
        label: of the run, for progress bars and messages.
        frames: with the truth.
        metrics: to be worked out.
        predictions: folder of the ensemble.
        members: in it.
        probabilistic: whether they differ.
        hours: whether scores by hour of day are wanted too.
        scheduler: address of a cluster that reads the ensemble; None reads it here. It changes no result.
    """

    label: str
    frames: Frames
    metrics: MetricSet
    predictions: Path
    members: int
    probabilistic: bool
    hours: bool = False
    scheduler: str | None = None
