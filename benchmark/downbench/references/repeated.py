"""Which runs are one and the same, made more than once: they are one seed of their row, and not several."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from itertools import combinations
from pathlib import Path

from downbench.errors import DownbenchError
from downbench.references.index import FramesKey, Reference, scored_frames
from downbench.references.shipped import Shipped, unpack
from downbench.store.later_parameters import whole_configurations
from downbench.store.record import RunRecord


def repeated(shipped: Iterable[Shipped]) -> set[Path]:
    """Archives in whose place another one stands that is the same run: the newest counts, once.

    One of present code goes before one of older code. Few archives are opened: those of one seed of one
    method that stand for the same code.

    Args:
        shipped: references of any frames.
    """
    groups: dict[Hashable, list[Shipped]] = {}
    for one in shipped:
        made = one.reference
        groups.setdefault(_kind(made.scored.key, made), []).append(one)
    former: set[Path] = set()
    for group in groups.values():
        newest_first = sorted(group, key=_standing, reverse=True)
        for kept, other in combinations(newest_first, 2):
            if not {kept.archive, other.archive} & former and _is_same(kept, other):
                former.add(other.archive)
    return former


def repeated_by(
    record: RunRecord, references: Iterable[Reference], record_of: Callable[[Reference], RunRecord]
) -> Reference | None:
    """The reference that a run repeats: the same seed, settings and frames, by code that does the same.

    Args:
        record: of the run.
        references: of one folder.
        record_of: reads the record of one; few are asked for.
    """
    method = record.method
    members = record.members if method.probabilistic else None
    kind = (scored_frames(record).key, method.distribution, method.name, method.preset, record.seed, members)
    for one in references:
        alike = _kind(one.scored.key, one) == kind and method.version in one.versions
        if alike and (one.sample == record.keys.sample or _same_settings(record, record_of(one))):
            return one
    return None


def _kind(frames: FramesKey, made: Reference) -> Hashable:
    """What runs share that may be one and the same; a deterministic method has one member."""
    members = made.members if made.probabilistic else None
    return frames, made.distribution, made.method, made.preset, made.seed, members


def _standing(one: Shipped) -> tuple[bool, str, str]:
    """By which the newest is last."""
    return not one.reference.older, one.reference.date, str(one.archive)


def _is_same(one: Shipped, other: Shipped) -> bool:
    if one.reference.sample == other.reference.sample:
        return True
    if not {*one.reference.versions} & {*other.reference.versions}:
        return False
    try:
        records = [unpack(each).record for each in (one, other)]
    except (DownbenchError, OSError):
        return False  # whoever reads it next says what is wrong with it
    return _same_settings(*records)


def _same_settings(one: RunRecord, other: RunRecord) -> bool:
    """Whether two runs of one method, by code that does the same, were set alike, as defaults are today."""
    first, second = whole_configurations([one, other], every=True)
    return first == second and _beside(one) == _beside(other)


def _beside(record: RunRecord) -> Sequence[object]:
    """What makes a run beside its parameters."""
    weights = record.method.weights
    track = record.track.name if record.track else None
    return record.method.finishing, weights.digest if weights else None, record.budget, track
