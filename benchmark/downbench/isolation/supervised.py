"""A command in a process of its own: whatever ends that process becomes an error that names a plug-in.

A plug-in's code that crashes the interpreter, leaves it or breaks a limit cannot be caught in the process
that runs it. So where there are plug-ins of third parties, the command runs in a process that another one
watches. When it ends before its time, the command begins again, finds all that was finished, and raises an
error in place of running that code once more.
"""

from __future__ import annotations

import faulthandler
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import NamedTuple

from downbench.files import scratch_folder
from downbench.isolation.process import (
    CRASH,
    POLL,
    broken_limit,
    end,
    end_with_parent,
    how_it_ended,
    last_line,
    last_words,
    start,
)
from downbench.marks import ENDED, Mark, follow, read_marks

BOX, EXIT_CODE = "DOWNBENCH_WATCHED", "exit_code.txt"
_TIDY = {-signal.SIGTERM, -signal.SIGHUP, -signal.SIGINT, -signal.SIGPIPE}  # asked for by the user
_FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGTSTP)
_HINT = "DOWNBENCH_ISOLATE=0 runs it in the process of the command, for a debugger"
_KEPT = "what was finished is kept, and the same command goes on from there"


class _Ended(NamedTuple):
    code: int
    broken: str
    mark: Mark | None
    trace: str


def begin() -> Path | None:
    """In the process that is watched: leave marks; the folder for them, None where nobody watches."""
    folder = os.environ.pop(BOX, "")
    if not folder:
        return None
    end_with_parent()
    box = Path(folder)
    faulthandler.enable((box / CRASH).open("w"))  # open as long as the process lives
    follow(box)
    return box


def finish(box: Path, code: int) -> None:
    """In the process that is watched: the command came to its end with this exit code."""
    (box / EXIT_CODE).write_text(str(code), encoding="utf-8")


def supervise(arguments: list[str], again: bool) -> int:
    """Run a command line in a process of its own.

    Args:
        arguments: of ``bench``.
        again: begin again without the code that ended the process; processes that work together cannot.

    Returns:
        The exit code of the command; 1 where its process ended before its time.
    """
    ended: dict[str, tuple[str, str]] = {}
    while True:
        with scratch_folder("watched") as box:
            (box / ENDED).write_text(json.dumps(ended), encoding="utf-8")
            result = _attempt(arguments, box)
        if isinstance(result, int):
            return result
        mark = result.mark
        at = last_line(result.trace, mark.root if mark else "")
        how = f"{result.broken or how_it_ended(result.code)}{at}"
        if mark is None or mark.what in ended or not again:
            what = mark.what if mark else "code that the command ran"
            print(f"error: {what} {how}\n  {_KEPT}; {_HINT}", file=sys.stderr, flush=True)
            return 1
        ended[mark.what] = (f"{mark.what} {how}", _HINT)


def _attempt(arguments: list[str], box: Path) -> int | _Ended:
    """The exit code of the command, or how its process ended before its time."""
    process = start("downbench", *arguments, **{BOX: str(box)})
    try:
        with _forwarding(process):
            broken, mark = _wait(process, box)
    finally:
        end(process)
    with suppress(OSError, ValueError):
        code = int((box / EXIT_CODE).read_text(encoding="utf-8"))
        return max(process.returncode, code)  # output that is lost is noticed last
    if process.returncode in _TIDY and not broken:
        return 128 - process.returncode
    trace = last_words(box)
    return _Ended(process.returncode, broken, mark or _running(box, trace), trace)


def _wait(process: subprocess.Popen[bytes], box: Path) -> tuple[str, Mark | None]:
    """Wait for the end; the limit that a plug-in's code broke, and whose code."""
    while process.poll() is None:
        marks = read_marks(box)
        for mark in marks.active[-1:]:
            elapsed = time.monotonic() - mark.since
            if broken := broken_limit(elapsed, process.pid, marks.seconds, marks.memory):
                return broken, mark
        with suppress(subprocess.TimeoutExpired):
            process.wait(POLL)
    return "", None


def _running(box: Path, trace: str) -> Mark | None:
    """Whose code ran last: in the thread that crashed where that is known."""
    active = read_marks(box).active
    thread = re.search(r"Current thread (0x[0-9a-f]+)", trace)
    here = [mark for mark in active if thread and mark.thread == int(thread[1], 16)]
    return next(reversed(here or active), None)


@contextmanager
def _forwarding(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Hand on signals, each once, to the process, which is not in the terminal's group."""

    def forward(number: int, _: FrameType | None) -> None:
        with suppress(OSError):
            if number == signal.SIGTSTP:
                os.killpg(process.pid, signal.SIGSTOP)
                os.kill(os.getpid(), signal.SIGSTOP)
                os.killpg(process.pid, signal.SIGCONT)
            else:
                process.send_signal(number)

    before = {number: signal.getsignal(number) for number in _FORWARDED}
    heeded = [number for number, handler in before.items() if handler is not signal.SIG_IGN]
    for number in heeded:
        signal.signal(number, forward)
    try:
        yield
    finally:
        for number in heeded:
            signal.signal(number, before[number])
