"""The typed records of a run, one model a stage: the only way in which its JSON files are written and read.

``fit.json`` is a :class:`FitRecord`, ``sample.json`` a :class:`SampleRecord`, ``run.json`` a
:class:`RunRecord` and ``failed.json`` a :class:`FailureRecord`. ``docs/use/records.md`` lists every field,
and ``bench schema`` prints the JSON schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

from pydantic import Field, ValidationError

from downbench.confidential import without_secrets
from downbench.files import digest_json, read_json, write_json
from downbench.protocol import VERSION as PROTOCOL
from downbench.store.record_parts import (
    Cost,
    CurvePart,
    DatasetPart,
    Device,
    FramesPart,
    MethodPart,
    MetricPart,
    Origin,
    Part,
    RainPart,
    ScoreRow,
    TrackPart,
)

SCHEMA_VERSION: Final = 1
DIGEST = "digest"


class Record(Part):
    """What every record begins with; written, it ends with the digest of its content."""

    schema_version: Literal[1] = Field(default=SCHEMA_VERSION, description="Version of this layout")


class FitRecord(Record):
    """``fit.json``: a finished fit."""

    key: str = Field(description="SHA-256 over all that matters to the fit")
    method: MethodPart = Field(description="The method")
    dataset: DatasetPart = Field(description="The dataset")
    seed: int = Field(description="Seed of the run")
    budget: float | None = Field(description="Time that the fit was given, if it was limited [s]")
    device: Device = Field(description="Where it was fitted")
    cost: Cost = Field(description="Cost of the fit")
    model: str | None = Field(default=None, description="Digest of model.json")


class SampleRecord(Record):
    """``sample.json``: a finished ensemble."""

    key: str = Field(description="SHA-256 over all that matters to the ensemble")
    frames: FramesPart = Field(description="Frames that were sampled")
    members: int = Field(description="Members of the ensemble")
    rain: RainPart = Field(description="Rain before it was clipped")
    device: Device = Field(description="Where it was sampled")
    cost: Cost = Field(description="Cost of sampling")
    arrays: dict[str, str] = Field(description="SHA-256 of the metadata of predictions.zarr by file")


class Attempt(Record):
    """What a finished and a failed run have in common."""

    protocol: Literal[2] = Field(
        default=PROTOCOL, description="Version of the protocol, docs/results/protocol.md"
    )
    role: str = Field(description="What it is in its suite: method or control")
    created: str = Field(description="When it was written, UTC")
    method: MethodPart = Field(description="The method")
    dataset: DatasetPart = Field(description="The dataset that is scored")
    track: TrackPart | None = Field(
        default=None, description="The shift, if methods were fitted on other data"
    )
    seed: int = Field(description="Seed of the run")
    members: int = Field(description="Members of the ensemble")
    limit: int | None = Field(description="Most time steps that were to be scored; null is all")
    frames: FramesPart = Field(description="Frames that are scored")


class FailureRecord(Attempt):
    """``failed.json``: why the last attempt failed, for people."""

    status: Literal["failed"] = Field(default="failed", description="How the run ended")
    reason: str = Field(description="What went wrong, in one message")
    traceback: str = Field(description="The whole traceback")


class Keys(Part):
    """Keys of a run's stages."""

    fit: str = Field(description="Key of the fit")
    sample: str = Field(description="Key of the ensemble")
    score: str = Field(description="Key of the scores")


class Costs(Part):
    """Costs of a run's stages."""

    fit: Cost = Field(description="Cost of the fit")
    sample: Cost = Field(description="Cost of sampling")
    score: Cost = Field(description="Cost of scoring")


class RunRecord(Attempt):
    """``run.json``: a finished run with its scores."""

    status: Literal["finished"] = Field(default="finished", description="How the run ended")
    data_root: str | None = Field(description="File or folder of the data, if the dataset has one")
    budget: float | None = Field(description="Time that the fit was given, if it was limited [s]")
    hours: bool = Field(description="Whether there are scores by hour of day")
    regions: list[str] = Field(description="Regions, the user's own with a digest of what they hold")
    user_regions: list[str] = Field(description="Regions of the user's own, as NAME=SOURCE")
    keys: Keys = Field(description="Keys of the stages")
    versions: dict[str, str] = Field(description="Versions of Python and of the packages that matter")
    device: Device = Field(
        description="Where it was scored; threads and GPU are those of the fit where scoring has none"
    )
    cost: Costs = Field(description="Measured cost of each stage")
    rain: RainPart = Field(description="Rain before it was clipped")
    kept: Literal["none", "examples", "all"] | None = Field(
        default=None, description="What was kept of the samples once they were scored; null is not noted"
    )
    metrics: dict[str, MetricPart] = Field(description="The metrics by name")
    scores: list[ScoreRow] = Field(description="The scores")
    curves: dict[str, CurvePart] = Field(description="Curves by metric")
    files: dict[str, str] = Field(default={}, description="SHA-256 of tables and examples beside this file")
    origin: Origin | None = Field(
        default=None, description="Archive that it was imported from; null is a run of this folder"
    )
    test_evaluations: int = Field(
        ge=1, description="How many configurations of this method met this test split, this one included"
    )


AnyRecord = TypeVar("AnyRecord", bound=Part)


def write_record(path: Path, record: Part) -> None:
    """Write a record atomically, without secrets, and with the digest of its content as the last key."""
    content = without_secrets(record.model_dump(mode="json"))
    write_json(path, content | {DIGEST: digest_json(content)})


def read_record(path: Path, model: type[AnyRecord]) -> AnyRecord:
    """Read what :func:`write_record` wrote.

    Raises:
        ValueError: says in one line what is wrong: not there, not JSON, changed since, or other keys.
    """
    content = read_json(path)
    if DIGEST not in content:
        raise ValueError(f"{path.name} is damaged: it does not have the digest of its content")
    check_digest(path.name, content)
    if (version := content.get("schema_version", SCHEMA_VERSION)) != SCHEMA_VERSION:
        raise ValueError(
            f"{path.name} was written by another release of downbench: its layout is of version "
            f"{str(version)[:20]}, this release reads version {SCHEMA_VERSION}"
        )
    try:
        return model.model_validate({key: value for key, value in content.items() if key != DIGEST})
    except ValidationError as error:
        raise ValueError(f"{path.name} is damaged: {first_mistake(error)}") from None


def check_digest(name: str, content: Mapping[str, Any]) -> None:
    """Hold the content of a record against its digest; one without is taken as it is.

    Raises:
        ValueError: it has been changed since it was written.
    """
    if DIGEST not in content:
        return
    bare = {key: value for key, value in content.items() if key != DIGEST}
    try:
        actual = digest_json(bare)
    except RecursionError:
        raise ValueError(f"{name} is damaged: it is nested too deeply") from None
    if actual != content[DIGEST]:
        raise ValueError(f"{name} is damaged: its content is not what was written, by its digest")


def first_mistake(error: ValidationError) -> str:
    """Where a record breaks its model first, and how, in one line."""
    first = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else first["msg"]
