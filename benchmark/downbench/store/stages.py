"""Whether a stage is finished and whole, and one process at a time in a run directory."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from downbench.errors import DownbenchWarning
from downbench.store.record import AnyRecord, read_record
from downbench.store.run_directory import LOCK


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


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Let one process at a time work on a run directory; another waits for its turn."""
    try:
        import fcntl
    except ImportError:  # no such locks on this system
        yield
        return
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / LOCK).open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            warnings.warn(
                f"another process works on {directory}; waiting for it", DownbenchWarning, stacklevel=3
            )
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
