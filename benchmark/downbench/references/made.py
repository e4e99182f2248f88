"""How a run was made, and whether a reference is that very run, made before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

from downbench.references.index import VERIFIED, FramesKey, Reference, configuration_digest, scored_frames
from downbench.store.record import RunRecord

REPEATS = "repeats a reference"  # a mark of one's own run
QUIET_MARKS = (*VERIFIED, REPEATS)  # of some runs of a method perhaps, by which nobody tells them apart


@dataclass(frozen=True)
class Made:
    """What a run was made of, for readers of records that need not be whole.

    Args:
        frames: what was scored, see :attr:`downbench.references.index.Frames.key`.
        sample: key of its ensemble.
        seed: of the run.
        probabilistic: whether its members differ.
        members: of the ensemble.
        budget: time that the fit was given, if it was limited [s].
        track: name of the shift, where it was fitted on other data than it is scored on.
        distribution: that brings the method.
        method: name of it.
        version: of its code.
        preset: that its configuration began with.
        configuration: all its parameters.
        finishing: what finishes its samples.
        weights: digest of those that took the place of fitting.
    """

    frames: FramesKey
    sample: str
    seed: int | None
    probabilistic: bool
    members: int | None
    budget: float | None
    track: str | None
    distribution: str
    method: str
    version: str
    preset: str | None
    configuration: dict[str, Any]
    finishing: dict[str, str]
    weights: str | None

    @classmethod
    def of(cls, run: Any, frames: FramesKey, sample: str) -> Self:
        """How a run was made; ``run`` is its record, or another reading of it with the same names."""
        method = run.method
        return cls(
            frames=frames,
            sample=sample,
            seed=run.seed,
            probabilistic=method.probabilistic,
            members=run.members,
            budget=run.budget,
            track=run.track.name if run.track else None,
            distribution=method.distribution,
            method=method.name,
            version=method.version,
            preset=method.preset,
            configuration=method.configuration,
            finishing=method.finishing,
            weights=method.weights.digest if method.weights else None,
        )

    def repeats(self, reference: Reference) -> bool:
        """Whether a reference is the same run: of the same code, or of code whose work this one repeats.

        Of a deterministic method the members that were asked for do not count.
        """
        if self.sample == reference.sample:
            return True
        if self.frames != reference.scored.key or self.seed != reference.seed or self.track is not None:
            return False
        own = (self.preset, self.configuration, self.finishing, self.weights)
        members = self.members if self.probabilistic else reference.members
        return self.version in reference.versions and reference.configuration == configuration_digest(
            self.distribution, self.method, reference.version, *own, members, self.budget
        )


def made_of(record: RunRecord) -> Made:
    """How a run was made."""
    return Made.of(record, scored_frames(record).key, record.keys.sample)


def is_repeated(reference: Reference, runs: Iterable[Made]) -> bool:
    """Whether any of some runs is that of a reference."""
    return any(run.repeats(reference) for run in runs)


def repeats_any(run: Made, references: Iterable[Reference]) -> bool:
    """Whether a run is that of any of some references."""
    return any(run.repeats(one) for one in references)
