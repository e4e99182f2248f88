"""The index of a folder of references: what each archive holds, so that few of them are ever opened."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from downbench.errors import UserError
from downbench.files import digest_json, read_json, write_json
from downbench.store.record import RunRecord, first_mistake
from downbench.store.record_parts import FramesPart
from downbench.store.row_names import OLDER_VERSION, OTHER_SETTINGS
from downbench.store.scored_frames import frames_identity

INDEX = "index.json"
REFERENCE = "reference"  # the mark of each
SCORES_CHECKED: Literal["scores checked"] = "scores checked"
MADE_AGAIN: Literal["made again"] = "made again"
VERIFIED = (SCORES_CHECKED, MADE_AGAIN)  # marks of what was verified; the second says more than the first
FramesKey = tuple[str, int | None, int | None]  # identity of the frames, limit, protocol
_ARCHIVE = r"^\w[\w.+-]*/\w[\w.+-]*\.bench\.zip$"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Verified(_Part):
    """What came of verifying a reference.

    Scores checked: an independent path worked the scores out from the samples of the run. Made again: the
    whole run was made again later, its scores were held against those of the archive, and checked so too.
    """

    kind: Literal["scores checked", "made again"] = Field(default="made again", description="What was done")
    ok: bool = Field(description="Whether all came out as it is in the archive, and right")
    reason: str = Field(description="Why not; empty where all is well")
    sha256: str = Field(description="Digest of the archive that was verified")
    version: str = Field(description="Version of the method's code that made the samples which were checked")
    commit: str | None = Field(description="Commit of the code that verified, as far as that is known")
    date: str = Field(description="When it was verified, UTC")
    scores: int | None = Field(default=None, description="Scores held against each other, with intervals")
    equal: int | None = Field(default=None, description="Of these, how many are the same in every bit")
    difference: float | None = Field(default=None, description="Largest of the others, of their size")
    tolerance: float | None = Field(default=None, description="How large that may be")
    frames: int = Field(description="Frames that `bench verify` worked out twice")
    metrics: int = Field(description="Metrics that an independent library has")


class Frames(_Part):
    """What was scored: equal ones may be compared."""

    label: str = Field(description="Name and variant of the dataset, for people")
    standin: bool = Field(description="Whether it is a synthetic stand-in for real data")
    fingerprint: str = Field(description="Fingerprint of the dataset's content")
    frames: FramesPart = Field(description="Frames that were scored")
    limit: int | None = Field(description="Most time steps that were to be scored; None is all")
    protocol: int = Field(description="Version of the protocol")

    @property
    def key(self) -> FramesKey:
        """Equal where scores may stand in one table."""
        frames = self.frames
        same = frames_identity(self.fingerprint, frames.n, frames.first, frames.last)
        return (same, self.limit, self.protocol)

    @property
    def text(self) -> str:
        """For people."""
        limit = "" if self.limit is None else f", --limit {self.limit}"
        return f"{self.label}, {self.frames.n:,} time steps{limit}"


class Repeat(_Part):
    """A short fit in which newer code repeated the work of former code to the bit."""

    version: str = Field(description="Version of the newer code")
    commit: str = Field(description="Commit of the newer code")
    former: str = Field(description="Version of the former code")
    former_commit: str = Field(description="Commit that the former code was taken from")
    steps: int | None = Field(description="Steps of training; None is a method that does not count them")
    date: str = Field(description="When it was checked, UTC")


class Reference(_Part):
    """One archive of a folder of references."""

    archive: str = Field(pattern=_ARCHIVE, description="Its path below the folder")
    sha256: str = Field(pattern="^[0-9a-f]{64}$", description="Its digest")
    method: str = Field(description="Name of the method")
    distribution: str = Field(description="Distribution that brings the method")
    title: str = Field(description="Title of the method")
    preset: str | None = Field(description="Preset that its configuration began with")
    configuration: str = Field(description="Digest of all that makes the method but its seed")
    seed: int = Field(description="Seed of the run")
    members: int = Field(description="Members of the ensemble")
    probabilistic: bool = Field(description="Whether its members differ")
    role: str = Field(description="What it was in its suite: method or control")
    scored: Frames = Field(description="What was scored")
    sample: str = Field(description="Key of the ensemble: equal ones are the same samples")
    version: str = Field(description="Version of the method's code")
    older: bool = Field(description="Whether the method's code has changed since")
    other_settings: bool = Field(
        False, description="Whether another one has what its preset gives now on its frames, and it has not"
    )
    release: str = Field(description="Release of downbench that made the run")
    commit: str | None = Field(description="Commit whose sources made it, as far as that is known")
    date: str = Field(description="When the run was made, UTC")
    cost: dict[str, float | None] = Field(description="Processor time of each stage [s]")
    verified: Verified | None = Field(description="Outcome of verifying it; None where that was not done")
    same: tuple[Repeat, ...] = Field((), description="Newer code that repeats the method's work to the bit")

    @property
    def versions(self) -> tuple[str, ...]:
        """Versions of the code that it stands for: that of its run, and what repeats one of them."""
        versions: tuple[str, ...] = (self.version,)
        for _ in self.same:  # a chain is at most as long as there are links
            new = (one.version for one in self.same if one.former in versions)
            versions = tuple(dict.fromkeys((*versions, *new)))
        return versions

    @property
    def standing(self) -> str:
        """Version of the newest code that it stands for: runs of different code that repeat it share it."""
        return self.versions[-1]

    @field_validator("verified", mode="before")
    @classmethod
    def _of_something(cls, outcome: Any) -> Any:
        """An outcome that does not say which archive it is of, as former releases noted it, is none."""
        return None if isinstance(outcome, dict) and "sha256" not in outcome else outcome

    @property
    def outcome(self) -> Verified | None:
        """What came of verifying this very archive; of one made again, by code that the entry stands for."""
        one = self.verified
        if one is None or one.sha256 != self.sha256:
            return None
        if one.kind == MADE_AGAIN and (self.older or one.version not in self.versions):
            return None
        return one

    @property
    def name(self) -> str:
        """What it is called by in ``ref:NAME``, for certain."""
        return self.archive.rpartition("/")[2].removesuffix(".bench.zip")

    @property
    def marks(self) -> tuple[str, ...]:
        """What a reader must know of it, beside its name."""
        verified = (self.outcome.kind,) if self.outcome and self.outcome.ok else ()
        older = (OLDER_VERSION,) if self.older else ()
        other = (OTHER_SETTINGS,) if self.other_settings else ()
        return (REFERENCE, *older, *other, *verified)


def shared_marks(each: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Marks that several runs share; verified are they as the least of them is."""
    shared = [mark for mark in each[0] if mark not in VERIFIED and all(mark in marks for marks in each)]
    least = min(max((VERIFIED.index(m) for m in marks if m in VERIFIED), default=-1) for marks in each)
    return (*shared, *VERIFIED[least : least + 1]) if least >= 0 else tuple(shared)


class Index(_Part):
    """``index.json`` of a folder of references."""

    format: Literal["downbench references"] = "downbench references"
    schema_version: Literal[1] = 1
    references: list[Reference] = Field(description="All archives, in the order of their paths")


def read_index(folder: Path) -> Index:
    """Read the index of a folder; a folder without one holds no references yet.

    Raises:
        UserError: it cannot be read.
    """
    path = folder / INDEX
    if not path.exists():
        return Index(references=[])
    try:
        return Index.model_validate(read_json(path))
    except ValidationError as error:
        raise UserError(f"{path} cannot be used: {first_mistake(error)}", _HINT) from None
    except ValueError as error:
        raise UserError(f"{path} cannot be used: {error}", _HINT) from None


def write_index(folder: Path, references: list[Reference]) -> None:
    """Write the index of a folder in one rename; the same references give the same bytes."""
    ordered = sorted(references, key=lambda one: one.archive)
    content = Index(references=ordered).model_dump(mode="json")
    for one in content["references"]:
        for name in ("same", "other_settings"):
            if not one[name]:
                del one[name]  # few have it
    write_json(folder / INDEX, content)


_HINT = "`bench reference` writes it anew from the archives beside it"


def scored_frames(record: RunRecord) -> Frames:
    """What a run was scored on."""
    dataset = record.dataset
    return Frames(
        label=dataset.label,
        standin=dataset.standin,
        fingerprint=dataset.fingerprint,
        frames=record.frames,
        limit=record.limit,
        protocol=record.protocol,
    )


def describe(archive: str, sha256: str, record: RunRecord, **known: Any) -> Reference:
    """The entry of an archive.

    Args:
        archive: its path below the folder.
        sha256: its digest.
        record: of the run.
        known: ``older``, ``commit``, ``verified``, and ``same`` and ``other_settings`` if there are any.
    """
    method = record.method
    return Reference(
        archive=archive,
        sha256=sha256,
        method=method.name,
        distribution=method.distribution,
        title=method.title,
        preset=method.preset,
        configuration=configuration_of(record),
        seed=record.seed,
        members=record.members,
        probabilistic=method.probabilistic,
        role=record.role,
        scored=scored_frames(record),
        sample=record.keys.sample,
        version=method.version,
        release=record.versions.get("downbench", "unknown"),
        date=record.created,
        cost={name: getattr(record.cost, name).cpu_s for name in ("fit", "sample", "score")},
        **known,
    )


def configuration_of(record: RunRecord) -> str:
    """Digest of all that makes a run but its seed: runs that share it are one row of a table."""
    method = record.method
    weights = method.weights.digest if method.weights else None
    return configuration_digest(
        method.distribution,
        method.name,
        method.version,
        method.preset,
        method.configuration,
        method.finishing,
        weights,
        record.members,
        record.budget,
    )


def configuration_digest(
    distribution: str,
    method: str,
    version: str,
    preset: str | None,
    configuration: dict[str, Any],
    finishing: dict[str, str],
    weights: str | None,
    members: int | None,
    budget: float | None,
) -> str:
    """See :func:`configuration_of`; the parts are those of a record, ``weights`` their digest."""
    own = [distribution, method, version, preset, configuration]
    return digest_json([*own, finishing, weights, members, budget])
