"""A stage of a run in a process of its own: whatever ends that process ends nothing else.

The process gets names, resolves plug-ins again and writes the stage into the run directory, as this one
would: the result is the same. A plug-in that leaves the interpreter, crashes it, never returns or takes too
much memory becomes a failed run with its reason.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from downbench.errors import DamagedData, FailedElsewhere
from downbench.files import scratch_folder
from downbench.isolation.limits import Isolation
from downbench.isolation.process import POLL, broken_limit, end, how_it_ended, last_line, last_words, start
from downbench.pipeline.plan import Plan
from downbench.pipeline.plan_names import names_of
from downbench.plugins.loading import BUILTIN

PROGRAM = "downbench.pipeline.apart.program"
TASK, RESULT = "task.json", "result.json"  # what the two processes tell each other
_ENDED = (
    "its code, or a library that it uses, ended the interpreter; with --no-isolate it runs in this process, "
    "for a debugger"
)
_DOING = {
    "fit": "while it was fitted",
    "sample": "while it sampled",
    "score": "while it was scored",
    "stream": "while it sampled and was scored",
}
_SCORES = ("score", "stream")  # the stages that run code of metrics


def work_apart(plan: Plan, stage: str, **environment: str) -> None:
    """Have a stage done by a process of its own: ``fit``, ``sample``, ``score``, or the last two: ``stream``.

    Args:
        plan: of the run.
        stage: to be done.
        environment: variables of the process, besides those of this one.

    Raises:
        RunFailed: what failed in that process, how it ended, or the limit that it broke.
    """
    task = {"stage": stage, "plan": names_of(plan, metrics=stage in _SCORES)}
    with scratch_folder("stage") as box:
        (box / TASK).write_text(json.dumps(task), encoding="utf-8")
        process = start(PROGRAM, str(box), **environment)
        try:
            broken = _wait(process, plan.isolation)
        finally:
            end(process)
        what = f"method {plan.info.name!r}{_with_metrics(plan, stage)}"
        trace = last_words(box)
        if broken:
            raise StageFailed(f"{what} {broken} {_DOING[stage]}{_last_line(trace, plan)}", "", trace)
        result = _read(box / RESULT)
        if result is None:
            how = f"{how_it_ended(process.returncode)} {_DOING[stage]}{_last_line(trace, plan)}"
            raise StageFailed(f"{what} {how}", _ENDED, trace)
        if result["status"] == "damaged":
            raise DamagedData(Path(result["path"]), result["what"], result["hint"])
        if result["status"] == "failed":
            raise StageFailed(result["message"], result["hint"], result["traceback"])


def _with_metrics(plan: Plan, stage: str) -> str:
    """Names of the metrics whose code a stage ran besides that of the suite."""
    if stage not in _SCORES:
        return ""
    names = [name for name, entry in plan.metrics.entries.items() if entry.distribution != BUILTIN]
    return f" with the metrics {', '.join(names)}" if names else ""


class StageFailed(FailedElsewhere):
    """A stage failed in a process of its own."""


def _wait(process: subprocess.Popen[bytes], limits: Isolation) -> str:
    """Wait for the end; what limit was broken, or nothing."""
    started = time.monotonic()
    while process.poll() is None:
        elapsed = time.monotonic() - started
        if broken := broken_limit(elapsed, process.pid, limits.seconds, limits.memory):
            return broken
        with suppress(subprocess.TimeoutExpired):
            process.wait(POLL)
    return ""


def _read(path: Path) -> dict[str, Any] | None:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return None


def _last_line(trace: str, plan: Plan) -> str:
    """Where the process was: the author's line if there is one."""
    module = sys.modules.get(plan.method_class.__module__)
    return last_line(trace, getattr(module, "__file__", None) or "")
