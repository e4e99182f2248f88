"""What scoring needs, whoever asks for it: a run, a run that is scored again, or a verification."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from downbench.pipeline.metric_set import MetricSet
from downbench.scoring.frames import Frames


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
