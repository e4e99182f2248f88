"""All checks of one target, one after the other."""

from __future__ import annotations

from downbench import UserError
from downbench_datasets.looking.checks import CHECKS
from downbench_datasets.looking.coarse_check import check_coarse, check_splits, refused
from downbench_datasets.looking.findings import Finding
from downbench_datasets.looking.frames import walk
from downbench_datasets.looking.target import Target


def check(target: Target) -> list[Finding]:
    """Check a target: its record where it is read by ``files``, then the dataset that it makes.

    What the suite refuses to read is a finding, too, with its own hint.
    """
    findings: list[Finding] = []
    try:
        record = target.record
    except UserError as error:
        return [refused("reading", error)]
    if record is not None:
        seen = walk(record.rain)
        findings += [one(record, seen) for one in CHECKS]
        if seen.unreadable:
            return findings
    try:
        dataset = target.dataset
        findings += [check_splits(dataset), check_coarse(dataset, None if record is None else record.rain)]
    except UserError as error:
        findings.append(refused("dataset", error))
    return findings


def worst(findings: list[Finding]) -> str:
    """The gravest verdict."""
    verdicts = [finding.verdict for finding in findings]
    return next((verdict for verdict in ("wrong", "note") if verdict in verdicts), "ok")
