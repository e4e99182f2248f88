"""Whether a stage is finished and whole."""

from __future__ import annotations

import warnings
from pathlib import Path

from downbench.errors import DownbenchWarning
from downbench.store.record import AnyRecord, read_record


def read_stage(
    path: Path, model: type[AnyRecord], *needed: Path, aside: Path | None = None
) -> AnyRecord | None:
    """Read the record of a finished stage, or None when the stage is not finished.

    A damaged stage (a record that cannot be used, or one of ``needed`` missing) counts as not finished; the
    record, or ``aside`` instead of it, is set aside with a warning: nothing is deleted.
    """
    if not path.is_file():
        return None
    try:
        record = read_record(path, model)
        if missing := [part.name for part in needed if not part.exists()]:
            raise ValueError(f"{', '.join(missing)} is missing beside {path.name}")
    except ValueError as error:
        set_aside(aside or path, str(error))
        return None
    return record


def set_aside(path: Path, reason: str) -> None:
    """Rename something damaged, so that it is redone and nothing of it is lost."""
    number = 1
    while (aside := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    path.rename(aside)
    warnings.warn(
        f"{path} is damaged ({reason}); set aside as {aside.name} and redone", DownbenchWarning, stacklevel=3
    )
