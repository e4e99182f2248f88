"""What is the matter with the disk, in words that are the same wherever it is met."""

from __future__ import annotations

import errno
import warnings
from pathlib import Path

import pytest

from downbench.errors import DownbenchWarning, disk_is_full, disk_problem, each_once

FULL = "the disk is full"
AGAIN = "; make room and run the same command again"


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (OSError(errno.ENOSPC, "No space", "/data/x"), f"{FULL} (/data/x){AGAIN}"),
        (OSError(errno.ENOSPC, "No space", b"/data/x"), f"{FULL} (/data/x){AGAIN}"),
        (OSError(errno.ENOSPC, "No space", Path("/data/x")), f"{FULL} (/data/x){AGAIN}"),
        (OSError(errno.ENOSPC, "No space", 3), f"{FULL}{AGAIN}"),  # a file that is known by its number
        (OSError(errno.EDQUOT, "Quota"), f"{FULL}{AGAIN}"),
        (OSError(errno.EFBIG, "File too large"), f"{FULL}{AGAIN}"),
        (
            OSError(errno.EROFS, "Read-only", "/data/x"),
            "the disk is read-only (/data/x); name a folder that can be written to",
        ),
        (
            OSError(errno.EPERM, "Not permitted", "/data/x"),
            "there is no permission to write or read (/data/x); allow it, or name another file or folder",
        ),
        (OSError(errno.EPERM, "Not permitted"), ""),  # as of a process that is another user's
        (OSError(errno.ENOENT, "No such file", "/data/x"), ""),
        (ValueError("odd"), ""),
        (RuntimeError("I/O error: No space left on device (os error 28)"), f"{FULL}{AGAIN}"),  # safetensors
    ],
)
def test_a_problem_of_the_disk_is_one_message(error: Exception, message: str) -> None:
    assert disk_problem(error) == message
    assert disk_is_full(error) is message.startswith(FULL)


def test_a_warning_is_said_once_whatever_filters_others_change() -> None:
    said: list[str] = []
    with warnings.catch_warnings():
        warnings.showwarning = each_once(said.append)
        warnings.simplefilter("once", DownbenchWarning)
        for text in ("rain is clipped", "rain is clipped", "a cell is dry", "rain is clipped"):
            warnings.warn(text, DownbenchWarning, stacklevel=1)
            with warnings.catch_warnings():  # as libraries do; Python then forgets what was said
                warnings.simplefilter("ignore", RuntimeWarning)
        warnings.warn("of a library", UserWarning, stacklevel=1)
    assert said == ["rain is clipped", "a cell is dry"]
