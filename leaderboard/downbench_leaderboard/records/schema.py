"""What the leaderboard reads of ``run.json``, checked once so that the pages can trust it.

Run directories come from anywhere, so nothing here is believed: a field of the wrong type makes the run
"not shown" with that reason, and what is not finite becomes null with that reason.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator, ValidationError, model_validator

from downbench import SCHEMA_VERSION, Made, frames_identity
from downbench_leaderboard.records.cards import (
    CurveCard,
    DatasetCard,
    FramesCard,
    MethodCard,
    MetricCard,
    TrackCard,
)
from downbench_leaderboard.records.fields import Anything, Count, FileName, Number, Part, Text, first_mistake
from downbench_leaderboard.records.scores import Scores, read_scores


class Run(Part):
    """One run, as the pages use it."""

    status: Literal["finished", "failed"]
    reason: Text = ""
    role: Text = "method"
    created: Text = ""
    protocol: Count = None
    method: MethodCard
    dataset: DatasetCard
    track: TrackCard | None = None
    seed: Annotated[int | None, Field(ge=-(10**30), le=10**30)] = None
    members: Count = None
    budget: Number = None
    limit: Count = None
    data_root: FileName = ""  # the last part of the path: the rest is of somebody's machine
    frames: FramesCard = Field(default_factory=FramesCard)
    keys: Anything = Field(default_factory=dict)
    versions: Anything = Field(default_factory=dict)
    device: Anything = Field(default_factory=dict)
    cost: dict[str, Anything] = Field(default_factory=dict)
    rain: Anything = Field(default_factory=dict)
    metrics: dict[str, MetricCard] = Field(default_factory=dict)
    scores: Annotated[Scores, PlainValidator(read_scores)] = Field(default_factory=lambda: Scores.of([]))
    curves: dict[str, CurveCard] = Field(default_factory=dict)
    test_evaluations: Count = None

    @property
    def same_frames(self) -> str:
        """Equal where runs were scored on the same frames; empty where a run failed before it had any."""
        own = self.frames
        return frames_identity(self.dataset.fingerprint, own.n, own.first, own.last) if own.key else ""

    @property
    def made(self) -> Made:
        """How it was made."""
        return Made.of(self, (self.same_frames, self.limit, self.protocol), str(self.keys.get("sample")))

    @model_validator(mode="before")
    @classmethod
    def _absent_is_empty(cls, data: Any) -> Any:
        return {k: v for k, v in data.items() if v is not None} if isinstance(data, dict) else data


def read_run(content: Any) -> Run:
    """Check the content of a ``run.json``.

    Raises:
        ValueError: says in one line what is wrong with it.
    """
    if not isinstance(content, dict):
        raise ValueError("run.json holds no object")
    version = content.get("schema_version")
    if version != SCHEMA_VERSION:
        raise ValueError(f"run.json has schema version {version!r}; this downbench reads {SCHEMA_VERSION}")
    try:
        return Run.model_validate(content)
    except ValidationError as error:
        raise ValueError(f"run.json: {first_mistake(error)}") from None
