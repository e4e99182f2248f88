"""A process that runs other people's code: its memory, its end, and what it said last."""

from __future__ import annotations

import ctypes
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

CRASH = "crash.txt"  # where the process leaves the lines that it was at
POLL = 0.05  # seconds between two looks at the process
_GRACE = 3.0  # seconds for its last words
_END_WITH_PARENT = 1  # PR_SET_PDEATHSIG


def start(module: str, *arguments: str, **options: Any) -> subprocess.Popen[bytes]:
    """Start a module as a program that sees the same packages; all that it starts can be ended with it."""
    path = os.pathsep.join(part or os.curdir for part in sys.path)
    return subprocess.Popen(
        [sys.executable, "-P", "-m", module, *arguments],
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        env=os.environ | {"PYTHONPATH": path} | options,
    )


def end_with_parent() -> None:
    """On Linux, end this process when the one that waits for it is killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_END_WITH_PARENT, signal.SIGKILL)


def takes_more(pid: int, limit: float) -> bool:
    """Whether a process and all that it started occupy more memory than this [bytes].

    Pages that several of them share count once where the system can tell (Linux).
    """
    import psutil

    with suppress(psutil.Error):
        process = psutil.Process(pid)
        tree = [process, *process.children(recursive=True)]
        # the share of each process takes the system longer to work out, so only where it matters
        return _sum(tree, _resident) > limit and _sum(tree, _share) > limit
    return False


def _resident(process: Any) -> float:
    """Resident memory of a process [bytes]."""
    return float(process.memory_info().rss)


def _share(process: Any) -> float:
    """Resident memory of a process, its part of what it shares with others [bytes]."""
    return float(getattr(process.memory_full_info(), "pss", 0) or _resident(process))


def _sum(processes: list[Any], memory: Callable[[Any], float]) -> float:
    import psutil

    total = 0.0
    for process in processes:
        with suppress(psutil.Error):  # it has ended
            total += memory(process)
    return total


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process and all that it started; it may say before where it is."""
    if process.poll() is None:
        with suppress(OSError):
            process.send_signal(signal.SIGABRT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE)
    with suppress(OSError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def broken_limit(elapsed: float, pid: int, seconds: float | None, memory: float | None) -> str:
    """Which limit a process breaks, as the end of a sentence; empty where none."""
    if seconds is not None and elapsed > seconds:
        return f"took longer than the time limit of {seconds:g} s"
    if memory is not None and takes_more(pid, memory):
        return f"took more memory than the limit of {memory / 1e6:.0f} MB"
    return ""


def how_it_ended(code: int) -> str:
    """The exit code of a process in words."""
    if code >= 0:
        return f"ended the interpreter with exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = str(-code)
    memory = ", perhaps by the system for want of memory" if name == "SIGKILL" else ""
    return f"was ended by the signal {name}{memory}"


def last_words(box: Path) -> str:
    """The lines that the process was at, as far as it could still say so."""
    try:
        return (box / CRASH).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def last_line(trace: str, root: str = "") -> str:
    """Where a process was, of its last words: the last line below ``root`` if there is one, in brackets."""
    lines = re.findall(r'File "([^"]+)", line (\d+) in (\S+)', trace)
    if not lines:
        return ""
    own = [line for line in lines if root and Path(line[0]).is_relative_to(root)]
    file, number, function = (own or lines)[0]
    return f" ({file}:{number} in {function})"
