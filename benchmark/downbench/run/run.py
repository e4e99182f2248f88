"""One run, stage by stage: fit -> sample -> score."""

from __future__ import annotations

import errno
import traceback
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from downbench.errors import DownbenchError
from downbench.plugins.session import registry
from downbench.run.fit import fit
from downbench.run.plan import Plan
from downbench.run.predictions import drop_large_predictions
from downbench.run.sample import sample
from downbench.run.score import score
from downbench.store.record import FailureRecord, RunRecord, write_record
from downbench.store.record_parts import FramesPart
from downbench.store.stages import locked


def run(plan: Plan) -> dict[str, Any]:
    """Bring one run to its end, reusing every finished stage.

    Returns:
        Outcome as ``bench run --json`` prints it. A failure is an outcome too (status ``failed``); it is
        written to ``failed.json`` for people, and never consulted by a later attempt.
    """
    registry().announce("downbench_run_started", run=_identity(plan))
    try:
        with locked(plan.directory.fit):
            result = _stages(plan)
    except Exception as error:
        return failed(plan, error)
    plan.directory.failure.unlink(missing_ok=True)
    registry().announce("downbench_run_finished", run=_identity(plan), directory=plan.directory.score)
    return _outcome(plan, "finished", None, result)


def _stages(plan: Plan) -> RunRecord:
    announce = registry().announce
    fitted, reused = fit(plan)
    announce(
        "downbench_stage_finished",
        run=_identity(plan),
        stage="fit",
        directory=plan.directory.fit,
        reused=reused,
    )
    sampled, reused = sample(plan.sampling)
    announce(
        "downbench_stage_finished",
        run=_identity(plan),
        stage="sample",
        directory=plan.directory.sample,
        reused=reused,
    )
    result, reused = score(plan, fitted, sampled)
    announce(
        "downbench_stage_finished",
        run=_identity(plan),
        stage="score",
        directory=plan.directory.score,
        reused=reused,
    )
    drop_large_predictions(plan.directory.predictions)
    return result


def failed(plan: Plan, error: BaseException) -> dict[str, Any]:
    """Write down why a run failed, and give its outcome."""
    reason = explain(error)
    record = FailureRecord(
        reason=reason,
        role=plan.role,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        method=plan.method_part(),
        dataset=plan.dataset_part(),
        seed=plan.seed,
        members=plan.members,
        limit=plan.frames.limit,
        frames=FramesPart(**plan.frames.summary()),
        traceback="".join(traceback.format_exception(error)),
    )
    with suppress(OSError):  # a full disk: the message below still reaches the user
        write_record(plan.directory.failure, record)
    registry().announce("downbench_run_failed", run=_identity(plan), error=error)
    return _outcome(plan, "failed", reason, None)


def explain(error: BaseException) -> str:
    """What went wrong, in one message for a person."""
    if isinstance(error, DownbenchError):
        return str(error)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        where = error.filename or "while writing"
        return f"the disk is full ({where}); make room and run the same command again"
    if isinstance(error, MemoryError):
        return "out of memory; try fewer --members or a smaller preset"
    last = traceback.extract_tb(error.__traceback__)[-1]
    return (
        f"{type(error).__name__}: {error} ({last.filename.rsplit('/', 1)[-1]}:{last.lineno} in {last.name})"
    )


def _identity(plan: Plan) -> dict[str, Any]:
    return {
        "method": plan.info.name,
        "dataset": plan.frames.dataset.label,
        "seed": plan.seed,
        "key": plan.directory.score_key,
        "role": plan.role,
    }


def _outcome(plan: Plan, status: str, reason: str | None, record: RunRecord | None) -> dict[str, Any]:
    directory = plan.directory.score if status == "finished" else plan.directory.fit
    return {
        "method": plan.info.name,
        "dataset": plan.frames.dataset.name,
        "variant": plan.frames.dataset.variant,
        "status": status,
        "key": plan.directory.score_key,
        "directory": str(directory),
        "reason": reason,
        "role": plan.role,
        "seed": plan.seed,
        "scores": [] if record is None else [row.model_dump() for row in record.scores],
    }
