"""One line on standard error for each run of a request, as soon as it has ended."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from downbench.cli.reporting import tracebacks_wanted


def tell(outcome: dict[str, Any]) -> None:
    """Print where a finished run is, or why a run failed and where its full traceback is.

    Args:
        outcome: of one run, as ``bench run --json`` prints it.
    """
    seed = f", seed {outcome['seed']}" if outcome["seed"] else ""
    what = f"{outcome['name']} on {outcome['dataset']}{seed}"
    if outcome["status"] == "finished":
        print(f"done    {what}: {outcome['directory']}", file=sys.stderr)
        return
    reason = "\n        ".join(line.strip() for line in outcome["reason"].splitlines())
    print(f"FAILED  {what}: {reason}", file=sys.stderr)
    if outcome["directory"] is not None:
        _tell_traceback(Path(outcome["directory"]) / "failed.json")


def say(text: str) -> None:
    """Print a line about what is ahead."""
    print(text, file=sys.stderr)


def _tell_traceback(file: Path) -> None:
    from downbench.files import read_json

    try:
        trace = read_json(file)["traceback"]
    except (ValueError, KeyError):
        return  # a full disk, which the reason says
    if tracebacks_wanted():
        print(trace, file=sys.stderr)
    else:
        print(f"        the full traceback is in {file}; --debug prints it", file=sys.stderr)
