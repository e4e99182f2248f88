"""How errors reach the user: one message each, the traceback where somebody asks for it."""

from __future__ import annotations

import os
import sys
import tempfile
import traceback

from downbench.cli.stopping import describe, exit_code
from downbench.confidential import without_secrets
from downbench.errors import DownbenchError, UserError, disk_problem

_asked: list[bool] = []


def show_tracebacks(wanted: bool) -> None:
    """Say whether ``--debug`` was given."""
    _asked[:] = [wanted]


def tracebacks_wanted() -> bool:
    """Whether ``--debug`` was given."""
    return _asked == [True]


def report(error: BaseException) -> int:
    """Print one message about an error that ends the command.

    Returns:
        The exit code: 2 for the user's mistake, 128 plus the signal for an interruption, else 1.
    """
    if tracebacks_wanted():
        traceback.print_exception(error)
    if isinstance(error, KeyboardInterrupt):
        _say(describe(error))
        return exit_code(error)
    if isinstance(error, DownbenchError):
        _say(f"error: {error}")
        return 2 if isinstance(error, UserError) else 1
    if problem := disk_problem(error):
        _say(f"error: {problem}")
        return 1
    _say(f"error: {_summary(error)}\n  {_where_to_read_more(error)}")
    return 1


def _say(text: str) -> None:
    print(text, file=sys.stderr)


def _summary(error: BaseException) -> str:
    if isinstance(error, MemoryError):
        return "the memory of this machine is full"
    if isinstance(error, OSError) and error.strerror:
        at = f": {os.fsdecode(error.filename)}" if isinstance(error.filename, str | bytes) else ""
        return f"the system refused: {error.strerror}{at}"
    return f"bench failed in a way that it should not: {type(error).__name__}: {error}"


def _where_to_read_more(error: BaseException) -> str:
    if tracebacks_wanted():
        return "the full traceback stands above"
    try:
        number, path = tempfile.mkstemp(prefix="bench-", suffix=".traceback.txt")
        with os.fdopen(number, "w", encoding="utf-8", errors="backslashreplace") as stream:
            stream.write(without_secrets("".join(traceback.format_exception(error))))
    except OSError:
        return "--debug prints the full traceback"
    return f"the full traceback is in {path}; --debug prints it"
