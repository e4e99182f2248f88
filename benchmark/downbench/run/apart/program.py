"""The program that does one stage of a run in a process of its own; ``stage`` starts it."""

from __future__ import annotations

import ctypes
import faulthandler
import json
import os
import signal
import sys
import traceback
import warnings
from pathlib import Path
from typing import Any

from downbench.errors import DamagedData, DownbenchError, DownbenchWarning, RunFailed
from downbench.files import write_json
from downbench.models.weights import weights_for
from downbench.plugins.session import Options, configure_as, registry
from downbench.run.apart.stage import CRASH, RESULT, TASK
from downbench.run.fit import fit
from downbench.run.named_objects import make_dataset, make_metric
from downbench.run.plan import Plan
from downbench.run.sample import sample
from downbench.run.score import score
from downbench.run.scoring_plan import MetricSet
from downbench.scoring.frames import open_frames
from downbench.scoring.regions import parse_region

_END_WITH_PARENT = 1  # PR_SET_PDEATHSIG


def main(box: Path) -> None:
    """Do the task that stands in ``box``, and leave the result there."""
    _end_with_parent()
    task = json.loads((box / TASK).read_text(encoding="utf-8"))
    with (box / CRASH).open("w") as crash:
        faulthandler.enable(crash)
        write_json(box / RESULT, _result(task))
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(0)  # threads that a plug-in has left behind cannot hold it up


def _end_with_parent() -> None:
    """On Linux, end when the process that waits for this one is killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_END_WITH_PARENT, signal.SIGKILL)


def _result(task: dict[str, Any]) -> dict[str, str]:
    warnings.showwarning = _show_warning
    warnings.simplefilter("once", DownbenchWarning)
    try:
        _work(task)
    except DamagedData as error:
        return {"status": "damaged", "path": str(error.path), "what": error.what, "hint": error.hint}
    except BaseException as error:
        message, hint = f"{type(error).__name__}: {error}", ""
        if isinstance(error, DownbenchError):
            message, hint = error.message, error.hint
        trace = "".join(traceback.format_exception(error))
        return {"status": "failed", "message": message, "hint": hint, "traceback": trace}
    return {"status": "done"}


def _show_warning(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
    if issubclass(category, DownbenchWarning):
        print(f"warning: {message}", file=sys.stderr)


def _work(task: dict[str, Any]) -> None:
    plan = _plan(task)
    fitted, _ = fit(plan)
    if task["stage"] == "fit":
        return
    sampled, _ = sample(plan.sampling)
    if task["stage"] == "score":
        score(plan, fitted, sampled)


def _plan(task: dict[str, Any]) -> Plan:
    """Make the plan again, from names.

    Raises:
        RunFailed: the names stand for something else here.
    """
    plugins = task["plugins"]
    configure_as(Options(tuple(plugins["files"]), plugins["builtins_only"], plugins["allowed"]))
    root = None if task["root"] is None else Path(task["root"])
    dataset = make_dataset(registry().find("dataset", task["dataset"]), task["settings"], root)
    entry = registry().find("method", task["method"])
    method_class = entry.load()
    entries = [registry().find("metric", name) for name in task["metrics"]]
    metrics = MetricSet(
        {entry.info.name: entry for entry in entries},
        {entry.info.name: make_metric(entry) for entry in entries},
    )
    plan = Plan(
        entry=entry,
        method_class=method_class,
        config=method_class.Config.model_validate(task["configuration"]),
        preset=task["preset"],
        seed=task["seed"],
        members=task["members"],
        budget=task["budget"],
        device=task["device"],
        role=task["role"],
        frames=open_frames(dataset, task["limit"], tuple(map(parse_region, task["regions"]))),
        metrics=metrics,
        runs=Path(task["runs"]),
        scheduler=task["scheduler"],
        hours=task["hours"],
        weights=weights_for(Path(task["weights"]), entry, method_class) if task["weights"] else None,
    )
    if getattr(plan.directory, f"{task['stage']}_key") != task["key"]:
        raise RunFailed(
            f"{entry.full_name} stands for something else in a process of its own",
            "its code or its data changed in between; run the same command again",
        )
    return plan


if __name__ == "__main__":
    main(Path(sys.argv[1]))
