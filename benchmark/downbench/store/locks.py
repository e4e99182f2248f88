"""One process at a time: locks on files, which the system lets go of when their process ends."""

from __future__ import annotations

import errno
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from downbench.errors import DownbenchWarning
from downbench.store.run_directory import LOCK, stage_folders
from downbench.temporaries import remove_leftovers

_CANNOT_WRITE = (errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOSPC, errno.EDQUOT)


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Let one process at a time work on a run directory, and remove what dead ones left in it."""
    directory.mkdir(parents=True, exist_ok=True)
    with locked_by(directory / LOCK, str(directory)):
        for folder in stage_folders(directory):
            remove_leftovers(folder)
        yield


@contextmanager
def locked_by(path: Path, what: str, keep: bool = True) -> Iterator[None]:
    """Let one process at a time pass; another waits for its turn.

    Where the lock cannot be written, on a disk that is full or read-only, there is none: what is finished can
    be read without one, and whoever writes fails there.

    Args:
        path: of the file that is locked.
        what: the others wait for, for the message.
        keep: the file when it is done with; else it is deleted.
    """
    handle = _open_locked(path, what)
    if handle is None:
        yield
        return
    with handle:
        try:
            yield
        finally:
            if not keep:
                with suppress(OSError):
                    path.unlink(missing_ok=True)


def _open_locked(path: Path, what: str) -> IO[str] | None:
    """Open and lock a file; again if its former holder deleted it in the meantime; None without locks."""
    try:
        import fcntl
    except ImportError:  # on this system
        return None
    while True:
        try:
            handle = path.open("a")
        except OSError as error:
            if error.errno in _CANNOT_WRITE:
                return None
            raise
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            warnings.warn(f"another process works on {what}; waiting for it", DownbenchWarning, stacklevel=4)
            fcntl.flock(handle, fcntl.LOCK_EX)
        with suppress(FileNotFoundError):
            if os.fstat(handle.fileno()).st_ino == path.stat().st_ino:
                return handle
        handle.close()
