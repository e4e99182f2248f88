"""What earlier runs of a folder took: one configuration on the same data, with another seed or members."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from downbench.files import read_json
from downbench.pipeline.plan import Plan
from downbench.store.run_directory import FIT, SAMPLE


class Took(NamedTuple):
    """Seconds on the clock of a fit, and of samples for each frame and member; None is not known."""

    fit: float | None = None
    frame: float | None = None


def earlier(plan: Plan) -> Took:
    """What the newest run like a plan took, whatever its seed."""
    configuration = plan.config.model_dump(mode="json")
    fingerprint = plan.frames.trained.fingerprint()
    took = Took()
    for file in sorted(plan.directory.fit.parent.glob(f"*/{FIT}"), key=_age):
        record = _read(file)
        method, dataset = record.get("method", {}), record.get("dataset", {})
        same = method.get("configuration") == configuration and dataset.get("fingerprint") == fingerprint
        if same and record.get("budget") == plan.budget:
            fit = record.get("cost", {}).get("wall_s")
            took = Took(took.fit if fit is None else fit, _frame(file.parent, took.frame))
    return took


def _frame(fit: Path, known: float | None) -> float | None:
    for file in sorted(fit.glob(f"samples/*/{SAMPLE}"), key=_age):
        record = _read(file)
        seconds, frames = record.get("cost", {}).get("wall_s"), record.get("frames", {}).get("n")
        if seconds is not None and frames and record.get("members"):
            known = seconds / (frames * record["members"])
    return known


def _read(file: Path) -> dict:
    try:
        return read_json(file)
    except ValueError:
        return {}


def _age(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0
