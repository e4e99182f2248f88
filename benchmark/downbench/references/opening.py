"""Runs as a user names them: directories, and references by name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from downbench.errors import UserError
from downbench.findings.stored_run import StoredRun, open_run, open_runs
from downbench.references.finding import PREFIX, find_reference
from downbench.references.shipped import all_references, unpack
from downbench.store.run_directory import is_run


def open_named(runs: Sequence[StoredRun | str]) -> list[StoredRun]:
    """Open run directories, and references of the frames of the first of them.

    Args:
        runs: opened ones, paths of run directories, folders that stand for all runs in them,
            ``ref:METHOD``, ``ref:METHOD@SEED``, or ``ref:`` with a full name.

    Raises:
        UserError: one is not there, or no run is among them.
    """
    opened = [_own(run) for run in runs]
    own = [one for each in opened if each is not None for one in each]
    if not own:
        raise UserError(
            "references alone say no frames to compare on", "name a run directory beside them, of your own"
        )
    first, shipped = own[0].record, all_references()
    named: list[StoredRun] = []
    for run, each in zip(runs, opened, strict=True):
        if each is None:
            each = [unpack(find_reference(str(run).removeprefix(PREFIX), first, shipped))]
        named += each
    return named


def _own(run: StoredRun | str) -> list[StoredRun] | None:
    """What is opened or stands on disk; None is a reference."""
    if isinstance(run, StoredRun):
        return [run]
    if run.startswith(PREFIX):
        return None
    path = Path(run)
    return [open_run(path)] if is_run(path) else open_runs(path)
