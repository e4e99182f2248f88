"""The program that restores methods and samples them in a fresh process; ``elsewhere`` starts it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from downbench.errors import DownbenchError
from downbench.guard import running
from downbench.pipeline.plan_names import load_plugins
from downbench.plugins.session import registry
from downbench.testing.methods.at_work import MethodAtWork

ANSWER = "\x1e"  # begins an answer, since a plug-in may print


def done(task: dict[str, Any]) -> dict[str, str] | None:
    """Do a task; what went wrong, or nothing."""
    load_plugins(task["plugins"])
    try:
        entry = registry().find("method", task["name"])
        code, model = entry.load(), Path(task["model"])
        with running(f"method {entry.info.name!r}", code):
            method = code.load(model)
        work = MethodAtWork(entry.info, code, method.config, model)  # type: ignore[arg-type]
        work.fitted = method
        np.save(task["out"], work.ensemble)
    except DownbenchError as error:
        return {"message": error.message, "hint": error.hint}
    return None


def main() -> None:
    """Do tasks until there are no more."""
    for line in sys.stdin:
        print(ANSWER + json.dumps(done(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
