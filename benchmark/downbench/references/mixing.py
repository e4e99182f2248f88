"""References among the runs of a leaderboard."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import partial

from downbench.files import digest_json
from downbench.findings.stored_run import StoredRun
from downbench.references.finding import replaced
from downbench.references.index import FramesKey
from downbench.references.shipped import all_references, unpacked
from downbench.store.runs import RunFile, UnreadRun

REPLACED = "replaced by a newer one"  # a mark


def each_unread_reference(
    frames: Collection[FramesKey], samples: Collection[str], other_frames: bool = False
) -> Iterator[UnreadRun]:
    """References that may stand beside runs, marked.

    A reference that is the very run of somebody's own is left out. One that newer ones replace says so, for
    tables to leave it out.

    Args:
        frames: what the runs were scored on: identity of the frames
            (:func:`downbench.store.scored_frames.frames_identity`), limit and protocol.
        samples: keys of their ensembles.
        other_frames: references of all other frames too.
    """
    near = [one for one in all_references() if other_frames or one.reference.scored.key in frames]
    former = replaced(near)
    for shipped, stored in unpacked(one for one in near if one.reference.sample not in samples):
        marks = (*stored.marks, *([REPLACED] if shipped.archive in former else []))
        digest = digest_json([shipped.reference.sha256, marks])
        yield UnreadRun(stored.directory, digest, partial(_as_file, stored, marks))


def _as_file(stored: StoredRun, marks: tuple[str, ...]) -> RunFile:
    return RunFile(stored.directory, stored.record.model_dump(mode="json"), marks=marks)
