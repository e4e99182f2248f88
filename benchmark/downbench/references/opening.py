"""Runs as a user names them: directories, and references by name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from downbench.errors import UserError
from downbench.findings.stored_run import StoredRun, open_run
from downbench.references.finding import PREFIX, find_reference
from downbench.references.shipped import all_references, unpack


def open_named(runs: Sequence[StoredRun | str]) -> list[StoredRun]:
    """Open run directories, and references of the frames of the first of them.

    Args:
        runs: opened ones, paths of run directories, ``ref:METHOD``, ``ref:METHOD@SEED``, or ``ref:`` with a
            full name.

    Raises:
        UserError: one is not there, or no run is among them.
    """
    own: dict[int, StoredRun] = {}
    for number, run in enumerate(runs):
        if isinstance(run, StoredRun):
            own[number] = run
        elif not run.startswith(PREFIX):
            own[number] = open_run(Path(run))
    if not own:
        raise UserError(
            "references alone say no frames to compare on", "name a run directory beside them, of your own"
        )
    first, shipped = next(iter(own.values())).record, all_references()
    return [
        own[number]
        if number in own
        else unpack(find_reference(str(run).removeprefix(PREFIX), first, shipped))
        for number, run in enumerate(runs)
    ]
