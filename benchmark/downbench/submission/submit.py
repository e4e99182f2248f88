"""``bench submit``: predictions from elsewhere, scored exactly like a run."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from downbench.errors import UserError
from downbench.packed_stores import own_name
from downbench.pipeline.metric_set import MetricSet
from downbench.pipeline.plan import Plan
from downbench.pipeline.predictions import Keep
from downbench.pipeline.run import run
from downbench.plugins.session import registry
from downbench.scoring.frames import Frames
from downbench.store.record import RunRecord, read_record, write_record
from downbench.store.record_parts import SubmissionPart
from downbench.store.run_directory import RUN
from downbench.submission.catalogue import CHECKS, Finding
from downbench.submission.declared import Declared
from downbench.submission.method import SubmittedConfig, describe, digest_of, method_of, registration_of
from downbench.submission.predictions import find_predictions
from downbench.submission.report import Report
from downbench.submission.validate import examine


@dataclass(frozen=True)
class Submission:
    """What became of predictions: the outcome of their run, and what was found in them."""

    outcome: dict[str, Any]
    report: Report


def submit(
    path: Path,
    frames: Frames,
    metrics: MetricSet,
    runs: Path,
    declared: Declared,
    *,
    members: int | None = None,
    variable: str | None = None,
    units: str | None = None,
    accept: Sequence[str] = (),
    keep: Keep | None = None,
    hours: bool = False,
) -> Submission:
    """Check predictions and score them; what has been scored already is not scored again.

    Args:
        path: NetCDF file or zarr store, or a folder of them.
        frames: that they are of.
        metrics: to be worked out.
        runs: folder of runs.
        declared: what the authors say of them, with the name of the method.
        members: the first so many; None takes all.
        variable: name of the rain, if there are several variables.
        units: of the rain, in place of those that the files name.
        accept: names of checks whose errors do not count.
        keep: what to keep of the samples.
        hours: whether scores by hour of day are wanted.

    Raises:
        UserError: a check says that these are no valid predictions; or the name will not do.
    """
    name = _name(declared)
    if unknown := [check for check in accept if check not in CHECKS]:
        raise UserError(f"there is no check {unknown[0]!r} to accept", f"there are: {', '.join(CHECKS)}")
    with closing(find_predictions(path, frames, variable, units)) as predictions:
        report = examine(predictions, frames, members)
        _refuse(report, accept)
        content = digest_of(path)
        info = describe(name, declared.title, declared.reference, report.members)
        part = SubmissionPart(
            file=own_name(path),
            path=str(path),
            content=content,
            members=predictions.members,
            authors=declared.authors,
            licence=declared.licence,
            training_data=declared.training_data,
            cost=declared.cost,
            findings=[f.check for f in report.findings if f.severity != "note" and f.check != "licence"],
        )
        plan = Plan(
            entry=registration_of(info, content),
            method_class=method_of(predictions, frames),
            config=SubmittedConfig(content=content, variable=variable, units=units),
            preset=None,
            seed=0,
            members=report.members,
            budget=None,
            device="cpu",
            role="method",
            frames=frames,
            metrics=metrics,
            runs=runs,
            hours=hours,
            keep=keep,
            submission=part,
        )
        outcome = run(plan)
        if outcome["status"] == "finished":
            _declare(plan)
        if not declared.licence:
            report.findings.append(Finding("licence", "others cannot tell what they may do with it"))
        return Submission(outcome, report)


def _name(declared: Declared) -> str:
    if declared.name is None:
        raise UserError("the predictions have no name", "give the name of the method with --name")
    if any(entry.info.name == declared.name for entry in registry().entries("method")):
        raise UserError(
            f"there is a method {declared.name!r} already, and tables would show two of that name",
            "choose another --name",
        )
    return declared.name


def _refuse(report: Report, accept: Sequence[str]) -> None:
    errors = [finding for finding in report.of("error") if finding.check not in accept]
    if not errors and report.complete:
        return
    lines = [f"{f.check}: {CHECKS[f.check].meaning} {f.message}" for f in errors or report.findings]
    remedies = [f"{f.check}: {remedy}" for f in errors if (remedy := CHECKS[f.check].remedy)]
    hint = "\n  ".join(remedies)
    if report.complete:
        hint += f"\n  if it is meant so: --accept {errors[0].check}"
    raise UserError(f"{report.file} cannot be submitted: " + "\n  ".join(lines), hint)


def _declare(plan: Plan) -> None:
    """Have the record say what is declared now: that changes no score, so it is no other run."""
    path = plan.directory.score / RUN
    record = read_record(path, RunRecord)
    method = plan.method_part()
    if record.method != method:
        write_record(path, record.model_copy(update={"method": method}))
