"""Errors that a user can act on."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FULL_IN_WORDS = "(os error 28)"  # of libraries that raise errors of their own, as safetensors


class DownbenchError(Exception):
    """What went wrong, where, and what to do about it; shown without a traceback."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(f"{message}\n  {hint}" if hint else message)
        self.message, self.hint = message, hint


class UserError(DownbenchError):
    """A mistake in what the user asked for or handed over (exit code 2)."""


class Unsuited(UserError):
    """A method cannot do what a dataset asks of it; other methods may."""


class RunFailed(DownbenchError):
    """A run that could not be finished through no mistake in the request (exit code 1)."""


class FailedElsewhere(RunFailed):
    """Something failed in another process; ``trace`` is the traceback there."""

    def __init__(self, message: str, hint: str, trace: str) -> None:
        super().__init__(message, hint)
        self.trace = trace


class DamagedData(RunFailed):
    """Something stored that is not what was written; it is named, and never scored.

    Args:
        path: of what is damaged.
        what: is the matter with it, in one line.
    """

    def __init__(self, path: Path, what: str, hint: str = "") -> None:
        super().__init__(f"{path} is damaged: {what}", hint)
        self.path, self.what = path, what

    def __reduce__(self) -> tuple[type[DamagedData], tuple[Path, str, str]]:
        return DamagedData, (self.path, self.what, self.hint)  # between processes


class DownbenchWarning(UserWarning):
    """Something the user should know, that stops nothing."""


def each_once(tell: Callable[[str], Any]) -> Callable[..., None]:
    """What shows warnings in a process: each of the suite's own once, and none of libraries.

    Python's filter ``once`` forgets what was said whenever any library changes a filter for a moment.

    Args:
        tell: hears the text of a warning.
    """
    said: set[str] = set()

    def show(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
        text = str(message)
        if issubclass(category, DownbenchWarning) and text not in said:
            said.add(text)
            tell(text)

    return show


def disk_is_full(error: BaseException) -> bool:
    """Whether an error says that nothing more can be written: no room, a quota, the largest file."""
    return (isinstance(error, OSError) and error.errno in _FULL) or _FULL_IN_WORDS in str(error)


def disk_problem(error: BaseException) -> str:
    """What is the matter with the disk, in one message, if that is what an error says; else empty.

    A refusal of the system that names no file is not one of the disk.
    """
    if not isinstance(error, OSError) and not disk_is_full(error):
        return ""
    path = getattr(error, "filename", None)
    where = f" ({os.fsdecode(path)})" if isinstance(path, str | bytes | os.PathLike) else ""
    if disk_is_full(error):
        return f"the disk is full{where}; make room and run the same command again"
    assert isinstance(error, OSError)
    if error.errno == errno.EROFS:
        return f"the disk is read-only{where}; name a folder that can be written to"
    if error.errno in (errno.EACCES, errno.EPERM) and where:
        return f"there is no permission to write or read{where}; allow it, or name another file or folder"
    return ""
