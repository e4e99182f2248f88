"""One run, stage by stage: fit -> sample -> score."""

from __future__ import annotations

import traceback
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from downbench.errors import DamagedData, DownbenchError, FailedElsewhere, disk_problem
from downbench.pipeline.apart.stage import work_apart
from downbench.pipeline.fit import fit, standing_fit
from downbench.pipeline.plan import Plan
from downbench.pipeline.predictions import drop_large_predictions
from downbench.pipeline.relay import announce
from downbench.pipeline.sample import sample, standing_sample
from downbench.pipeline.score import finished_scores, sample_and_score, score
from downbench.store.locks import locked
from downbench.store.record import FailureRecord, FitRecord, RunRecord, SampleRecord, write_record
from downbench.store.record_parts import FramesPart
from downbench.store.run_directory import RUN
from downbench.store.stages import set_aside
from downbench.temporaries import delete


def run(plan: Plan) -> dict[str, Any]:
    """Bring one run to its end, reusing every finished stage.

    Returns:
        Outcome as ``bench run --json`` prints it. A failure is an outcome too (status ``failed``); it is
        written to ``failed.json`` for people, and never consulted by a later attempt.
    """
    announce("downbench_run_started", run=_identity(plan))
    try:
        with locked(plan.directory.fit):
            result = _stages(plan)
    except Exception as error:
        return failed(plan, error)
    with suppress(OSError):  # a read-only disk
        plan.directory.failure.unlink(missing_ok=True)
    announce("downbench_run_finished", run=_identity(plan), directory=plan.directory.score)
    return _outcome(plan, "finished", None, result)


def _stages(plan: Plan) -> RunRecord:
    fitted, reused = _fit(plan)
    _announce(plan, "fit", plan.directory.fit, reused)
    finished = finished_scores(plan)
    if _is_stored(plan, finished):
        sampled, reused = _sample(plan, needed=finished is None or plan.keep == "all")
        _announce(plan, "sample", plan.directory.sample, reused)
        record = finished or _scored(plan, fitted, sampled)
        if record.kept not in ("all", None):  # they had not been asked for before
            record = record.model_copy(update={"kept": "all"})
            write_record(plan.directory.score / RUN, record)
    else:
        record = finished or _stream(plan, fitted)
        delete(plan.directory.stretches)  # of a process that was killed in its last step
        _announce(plan, "sample", plan.directory.sample, finished is not None)
    _announce(plan, "score", plan.directory.score, finished is not None)
    if plan.keep is None:
        drop_large_predictions(plan.directory.predictions)
    return record


def _is_stored(plan: Plan, finished: RunRecord | None) -> bool:
    """Whether the ensemble stands there, or is to be stored."""
    if plan.directory.predictions.is_dir():
        return True
    return plan.kept == "all" and (finished is None or plan.keep == "all")


def _scored(plan: Plan, fitted: FitRecord, sampled: SampleRecord) -> RunRecord:
    """Score the ensemble; one whose predictions turn out to be damaged is set aside and sampled again."""
    try:
        return _score(plan, fitted, sampled)
    except DamagedData as error:
        if error.path != plan.directory.predictions:
            raise
        set_aside(error.path, error.what)
    sampled, _ = _sample(plan)
    return _score(plan, fitted, sampled)


def _fit(plan: Plan) -> tuple[FitRecord, bool]:
    if plan.weights is None and plan.isolation.of(plan.entry) and standing_fit(plan) is None:
        work_apart(plan, "fit")
        return fit(plan)[0], False
    return fit(plan)


def _sample(plan: Plan, needed: bool = True) -> tuple[SampleRecord, bool]:
    if plan.isolation.of(plan.entry) and standing_sample(plan.sampling, needed) is None:
        work_apart(plan, "sample")
        return sample(plan.sampling, needed)[0], False
    return sample(plan.sampling, needed)


def _stream(plan: Plan, fitted: FitRecord) -> RunRecord:
    if plan.isolation.of(plan.entry, *plan.metrics.entries.values()):
        work_apart(plan, "stream")
        if record := finished_scores(plan):
            return record
    return sample_and_score(plan, fitted)


def _score(plan: Plan, fitted: FitRecord, sampled: SampleRecord) -> RunRecord:
    if plan.isolation.of(*plan.metrics.entries.values()):
        work_apart(plan, "score")
        if record := finished_scores(plan):
            return record
    return score(plan, fitted, sampled)


def _announce(plan: Plan, stage: str, directory: Path, reused: bool) -> None:
    announce("downbench_stage_finished", run=_identity(plan), stage=stage, directory=directory, reused=reused)


def failed(plan: Plan, error: BaseException) -> dict[str, Any]:
    """Write down why a run failed, and give its outcome."""
    reason = explain(error)
    record = FailureRecord(
        reason=reason,
        role=plan.role,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        method=plan.method_part(counted=False),  # they may be what failed
        dataset=plan.dataset_part(),
        track=plan.track_part(),
        seed=plan.seed,
        members=plan.members,
        limit=plan.frames.limit,
        frames=FramesPart(**plan.frames.summary()),
        traceback=_trace(error),
    )
    with suppress(OSError):  # a full disk: the message below still reaches the user
        write_record(plan.directory.failure, record)
    announce("downbench_run_failed", run=_identity(plan), error=error)
    return _outcome(plan, "failed", reason, None)


def _trace(error: BaseException) -> str:
    return error.trace if isinstance(error, FailedElsewhere) else "".join(traceback.format_exception(error))


def explain(error: BaseException) -> str:
    """What went wrong, in one message for a person."""
    if isinstance(error, DownbenchError):
        return str(error)
    if text := disk_problem(error):
        return text
    if isinstance(error, MemoryError):
        return "out of memory; try fewer --members or a smaller preset"
    last = traceback.extract_tb(error.__traceback__)[-1]
    return (
        f"{type(error).__name__}: {error} ({last.filename.rsplit('/', 1)[-1]}:{last.lineno} in {last.name})"
    )


def _identity(plan: Plan) -> dict[str, Any]:
    return {
        "method": plan.info.name,
        "dataset": plan.frames.label,
        "seed": plan.seed,
        "key": plan.directory.score_key,
        "role": plan.role,
    }


def _outcome(plan: Plan, status: str, reason: str | None, record: RunRecord | None) -> dict[str, Any]:
    directory = plan.directory.score if status == "finished" else plan.directory.fit
    return {
        "method": plan.info.name,
        "name": plan.name,
        "dataset": plan.frames.dataset.name,
        "variant": plan.frames.dataset.variant,
        "relation": plan.frames.relation_text,
        "notes": list(plan.frames.dataset.notes),
        "track": None if plan.frames.track is None else plan.frames.track.name,
        "label": plan.frames.label,
        "status": status,
        "key": plan.directory.score_key,
        "directory": str(directory),
        "reason": reason,
        "role": plan.role,
        "seed": plan.seed,
        "scores": [] if record is None else [row.model_dump() for row in record.scores],
    }
