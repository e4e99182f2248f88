"""The program that does one stage of a run in a process of its own; ``stage`` starts it."""

from __future__ import annotations

import faulthandler
import json
import os
import sys
import traceback
import warnings
from pathlib import Path
from typing import Any

from downbench.errors import DamagedData, DownbenchError, DownbenchWarning, each_once
from downbench.files import write_json
from downbench.isolation.process import CRASH, end_with_parent
from downbench.pipeline.apart.stage import RESULT, TASK
from downbench.pipeline.fit import fit
from downbench.pipeline.local_dask import read_here
from downbench.pipeline.plan_names import plan_of
from downbench.pipeline.sample import sample
from downbench.pipeline.score import sample_and_score, score


def main(box: Path) -> None:
    """Do the task that stands in ``box``, and leave the result there."""
    end_with_parent()
    task = json.loads((box / TASK).read_text(encoding="utf-8"))
    with (box / CRASH).open("w") as crash:
        faulthandler.enable(crash)
        write_json(box / RESULT, _result(task))
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(0)  # threads that a plug-in has left behind cannot hold it up


def _result(task: dict[str, Any]) -> dict[str, str]:
    warnings.showwarning = each_once(_warn)
    warnings.simplefilter("once", DownbenchWarning)
    try:
        work(task)
    except DamagedData as error:
        return {"status": "damaged", "path": str(error.path), "what": error.what, "hint": error.hint}
    except BaseException as error:
        message, hint = f"{type(error).__name__}: {error}", ""
        if isinstance(error, DownbenchError):
            message, hint = error.message, error.hint
        trace = "".join(traceback.format_exception(error))
        return {"status": "failed", "message": message, "hint": hint, "traceback": trace}
    return {"status": "done"}


def _warn(text: str) -> None:
    print(f"warning: {text}", file=sys.stderr)


@read_here()
def work(task: dict[str, Any]) -> None:
    """Do a stage of the plan that a task names."""
    plan = plan_of(task["plan"])
    fitted, _ = fit(plan)
    if task["stage"] == "fit":
        return
    if task["stage"] == "stream":
        sample_and_score(plan, fitted)
        return
    sampled, _ = sample(plan.sampling)
    if task["stage"] == "score":
        score(plan, fitted, sampled)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
