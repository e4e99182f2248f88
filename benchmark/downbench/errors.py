"""Errors that a user can act on."""

from __future__ import annotations

import errno
from pathlib import Path


class DownbenchError(Exception):
    """What went wrong, where, and what to do about it; shown without a traceback."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(f"{message}\n  {hint}" if hint else message)
        self.message, self.hint = message, hint


class UserError(DownbenchError):
    """A mistake in what the user asked for or handed over (exit code 2)."""


class RunFailed(DownbenchError):
    """A run that could not be finished through no mistake in the request (exit code 1)."""


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


def disk_problem(error: BaseException) -> str:
    """What is the matter with the disk, in one message, if that is what an error says; else empty."""
    if not isinstance(error, OSError):
        return ""
    where = f" ({error.filename})" if error.filename else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return f"the disk is full{where}; make room and run the same command again"
    if error.errno == errno.EROFS:
        return f"the disk is read-only{where}; name a folder that can be written to"
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"there is no permission to write or read{where}"
    return ""
