"""References among the runs of a leaderboard."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import partial

from downbench.files import digest_json
from downbench.findings.stored_run import StoredRun
from downbench.references.shipped import all_references, unpacked
from downbench.store.runs import RunFile, UnreadRun

FramesKey = tuple[str, str, int | None, int | None]  # fingerprint, frames, limit, protocol


def each_unread_reference(
    frames: Collection[FramesKey], samples: Collection[str], other_frames: bool = False
) -> Iterator[UnreadRun]:
    """References that may stand beside runs, marked.

    A reference that is the very run of somebody's own is left out.

    Args:
        frames: what the runs were scored on: fingerprint of the data, key of the frames, limit and protocol.
        samples: keys of their ensembles.
        other_frames: references of all other frames too.
    """
    near = [
        one
        for one in all_references()
        if (other_frames or one.reference.scored.key in frames) and one.reference.sample not in samples
    ]
    for shipped, stored in unpacked(near):
        digest = digest_json([shipped.reference.sha256, stored.marks])
        yield UnreadRun(stored.directory, digest, partial(_as_file, stored))


def _as_file(stored: StoredRun) -> RunFile:
    return RunFile(stored.directory, stored.record.model_dump(mode="json"), marks=stored.marks)
