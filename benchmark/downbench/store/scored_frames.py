"""What tells the frames that a run was scored on from others: their content, whatever a file is called."""

from __future__ import annotations

from downbench.files import digest_json
from downbench.store.record import RunRecord


def frames_identity(fingerprint: str, n: int | None, first: str, last: str) -> str:
    """Equal where scores may be compared.

    The key of a record's frames holds the names of their sequences too, which seed the noise, and so it
    changes where a file is renamed. The frames are the same.

    Args:
        fingerprint: of the dataset's content, splits and settings.
        n: number of time steps.
        first: time of the first one.
        last: time of the last one.
    """
    return digest_json([fingerprint, n, first, last])


def identity_of(record: RunRecord) -> str:
    """That of the frames of a run."""
    frames = record.frames
    return frames_identity(record.dataset.fingerprint, frames.n, frames.first, frames.last)
