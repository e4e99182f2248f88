"""References among the runs of a leaderboard."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from downbench.files import digest_json
from downbench.findings.stored_run import StoredRun
from downbench.references.finding import replaced
from downbench.references.made import Made, is_repeated, repeats_any
from downbench.references.shipped import Shipped, all_references, unpacked
from downbench.store.runs import RunFile, UnreadRun

REPLACED = "replaced by a newer one"  # a mark


@dataclass(frozen=True)
class AmongRuns:
    """References among some runs.

    Args:
        unread: those that may stand beside the runs, marked.
        repeated: whether each run repeats one, which is not among them then.
    """

    unread: Iterator[UnreadRun]
    repeated: list[bool]


def references_among(runs: Sequence[Made], other_frames: bool = False) -> AmongRuns:
    """References that may stand beside runs.

    One that newer ones replace says so, for tables to leave it out.

    Args:
        runs: of one's own.
        other_frames: references of all other frames too.
    """
    frames = {run.frames for run in runs}
    near = [one for one in all_references() if other_frames or one.reference.scored.key in frames]
    every = [one.reference for one in near]
    return AmongRuns(_unread(near, runs), [repeats_any(run, every) for run in runs])


def _unread(near: Sequence[Shipped], runs: Sequence[Made]) -> Iterator[UnreadRun]:
    former = replaced(near)
    for shipped, stored in unpacked(one for one in near if not is_repeated(one.reference, runs)):
        marks = (*stored.marks, *([REPLACED] if shipped.archive in former else []))
        digest = digest_json([shipped.reference.sha256, shipped.reference.standing, marks])
        yield UnreadRun(stored.directory, digest, partial(_as_file, stored, marks))


def _as_file(stored: StoredRun, marks: tuple[str, ...]) -> RunFile:
    return RunFile(stored.directory, stored.record.model_dump(mode="json"), marks=marks)
