"""Runs as a user names them: directories, and references by name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from downbench.errors import UserError
from downbench.references.finding import PREFIX, find_reference
from downbench.references.shipped import all_references, unpack
from downbench.results.stored_run import StoredRun, open_run


def open_named(names: Sequence[str]) -> list[StoredRun]:
    """Open run directories, and references of the frames of the first of them.

    Args:
        names: paths of run directories, and ``ref:METHOD``, ``ref:METHOD@SEED`` or ``ref:`` with a full name.

    Raises:
        UserError: one is not there, or no run directory is among them.
    """
    own = {name: open_run(Path(name)) for name in names if not name.startswith(PREFIX)}
    if not own:
        raise UserError(
            "references alone say no frames to compare on", "name a run directory beside them, of your own"
        )
    first, shipped = next(iter(own.values())).record, all_references()
    return [
        own[name] if name in own else unpack(find_reference(name.removeprefix(PREFIX), first, shipped))
        for name in names
    ]
