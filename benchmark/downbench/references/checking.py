"""Scores of a run worked out a second time from its samples, before others compare theirs with them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from downbench.errors import UserError
from downbench.findings.stored_run import StoredRun
from downbench.references.index import SCORES_CHECKED, Reference, Verified
from downbench.verification.verify import verify


class Independent(NamedTuple):
    """What `bench verify` finds of a run.

    Args:
        reason: what differs; empty where all is well.
        frames: that were worked out twice.
        metrics: that an independent library has.
    """

    reason: str
    frames: int
    metrics: int


def independent(run: StoredRun) -> Independent:
    """Work a run's scores out along an independent path, as `bench verify` does.

    Raises:
        DownbenchError: the data are not here, or what the run left is damaged.
    """
    found = verify(run)
    compared = [row for row in found["rows"] if row["ok"] is not None]
    wrong = sorted({row["metric"] for row in compared if not row["ok"]})
    reason = f"`bench verify` differs in {', '.join(wrong)}" if wrong else ""
    if not reason and not found["ok"]:
        reason = "`bench verify` finds other stored statistics"
    return Independent(reason, found["frames"], len({row["metric"] for row in compared}))


def check_scores(run: StoredRun, reference: Reference, commit: str | None) -> Verified:
    """Check the scores of the run that a reference was made of.

    Args:
        run: with its samples.
        reference: made of it.
        commit: of the sources that are installed, as far as that is known.

    Raises:
        DownbenchError: its samples were not kept, or its data are not here.
    """
    if not run.paths.predictions.is_dir():
        raise UserError("its samples were not kept")
    found = independent(run)
    return Verified(
        kind=SCORES_CHECKED,
        ok=not found.reason,
        reason=found.reason,
        sha256=reference.sha256,
        version=reference.version,
        commit=commit,
        date=datetime.now(UTC).isoformat(timespec="seconds"),
        frames=found.frames,
        metrics=found.metrics,
    )
