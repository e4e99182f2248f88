"""What went wrong, in one message."""

from __future__ import annotations

import errno

import pytest

from downbench import RunFailed
from downbench.errors import disk_problem
from downbench.pipeline.run import explain


def raised(error):
    try:
        raise error
    except BaseException as caught:
        return caught


@pytest.mark.parametrize(
    ("error", "parts"),
    [
        (RunFailed("it cannot be", "do this"), ["it cannot be", "do this"]),
        (OSError(errno.ENOSPC, "No space", "/data/x"), [disk_problem(OSError(errno.ENOSPC, "", "/data/x"))]),
        (MemoryError(), ["out of memory", "--members"]),
        (ZeroDivisionError("division"), ["ZeroDivisionError: division", "test_explain.py", "in raised"]),
        (OSError(errno.EACCES, "Denied", "/data/x"), [disk_problem(OSError(errno.EACCES, "", "/data/x"))]),
        (OSError(errno.EPERM, "Not permitted"), ["PermissionError: ", "Not permitted", "in raised"]),
    ],
)
def test_a_message_names_the_cause_and_what_to_do(error, parts):
    message = explain(raised(error))
    for part in parts:
        assert part
        assert part in message
