"""A stage of a run in a process of its own: whatever ends that process ends nothing else.

The process gets names, resolves plug-ins again and writes the stage into the run directory, as this one
would: the result is the same. A plug-in that leaves the interpreter, crashes it, never returns or takes too
much memory becomes a failed run with its reason.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from downbench.errors import DamagedData, RunFailed
from downbench.isolation.limits import Isolation
from downbench.plugins.loading import BUILTIN
from downbench.run.plan import Plan
from downbench.run.plan_names import names_of

PROGRAM = "downbench.run.apart.program"
TASK, RESULT, CRASH = "task.json", "result.json", "crash.txt"  # what the two processes tell each other
_POLL = 0.05  # seconds between two looks at the process
_GRACE = 3.0  # seconds for its last words
_ENDED = (
    "its code, or a library that it uses, ended the interpreter; with --no-isolate it runs in this process, "
    "for a debugger"
)
_DOING = {"fit": "while it was fitted", "sample": "while it sampled", "score": "while it was scored"}


def work_apart(plan: Plan, stage: str) -> None:
    """Have a stage (``fit``, ``sample`` or ``score``) done by a process of its own.

    Raises:
        RunFailed: what failed in that process, how it ended, or the limit that it broke.
    """
    task = {"stage": stage, "plan": names_of(plan, metrics=stage == "score")}
    with tempfile.TemporaryDirectory(prefix="downbench-") as folder:
        box = Path(folder)
        (box / TASK).write_text(json.dumps(task), encoding="utf-8")
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", PROGRAM, str(box)],
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # so that what it starts ends with it
            env=os.environ | {"PYTHONPATH": os.pathsep.join(path or os.curdir for path in sys.path)},
        )
        try:
            broken = _wait(process, plan.isolation)
        finally:
            _end(process)
        what = f"method {plan.info.name!r}{_with_metrics(plan, stage)}"
        trace = _text(box / CRASH)
        if broken:
            raise StageFailed(f"{what} {broken} {_DOING[stage]}{_last_line(trace, plan)}", "", trace)
        result = _read(box / RESULT)
        if result is None:
            how = f"{_how_it_ended(process.returncode)} {_DOING[stage]}{_last_line(trace, plan)}"
            raise StageFailed(f"the process of {what} {how}", _ENDED, trace)
        if result["status"] == "damaged":
            raise DamagedData(Path(result["path"]), result["what"], result["hint"])
        if result["status"] == "failed":
            raise StageFailed(result["message"], result["hint"], result["traceback"])


def _with_metrics(plan: Plan, stage: str) -> str:
    """Names of the metrics whose code a stage ran besides that of the suite."""
    if stage != "score":
        return ""
    names = [name for name, entry in plan.metrics.entries.items() if entry.distribution != BUILTIN]
    return f" with the metrics {', '.join(names)}" if names else ""


class StageFailed(RunFailed):
    """A stage failed in another process; ``trace`` is the traceback there."""

    def __init__(self, message: str, hint: str, trace: str) -> None:
        super().__init__(message, hint)
        self.trace = trace


def _wait(process: subprocess.Popen[bytes], limits: Isolation) -> str:
    """Wait for the end; what limit was broken, or nothing."""
    started = time.monotonic()
    while process.poll() is None:
        if limits.seconds is not None and time.monotonic() - started > limits.seconds:
            return f"took longer than the time limit of {limits.seconds:g} s"
        if limits.memory is not None and _memory(process.pid) > limits.memory:
            return f"took more memory than the limit of {limits.memory / 1e6:.0f} MB"
        with suppress(subprocess.TimeoutExpired):
            process.wait(_POLL)
    return ""


def _memory(pid: int) -> float:
    """Resident memory of a process [bytes]; 0 when it has ended."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return 0.0
    return float(pages * os.sysconf("SC_PAGE_SIZE"))


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and all that it started; it may say before where it is."""
    if process.poll() is None:
        with suppress(OSError):
            process.send_signal(signal.SIGABRT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE)
    with suppress(OSError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _how_it_ended(code: int) -> str:
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        return f"was ended by the signal {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by the signal {-code}"


def _read(path: Path) -> dict[str, Any] | None:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return None


def _last_line(trace: str, plan: Plan) -> str:
    """Where the process was, as far as it could still say so: the author's line if there is one."""
    lines = re.findall(r'File "([^"]+)", line (\d+) in (\S+)', trace)
    if not lines:
        return ""
    module = sys.modules.get(plan.method_class.__module__)
    own = [line for line in lines if module is not None and line[0] == getattr(module, "__file__", None)]
    file, number, function = (own or lines)[0]
    return f" ({file}:{number} in {function})"


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
