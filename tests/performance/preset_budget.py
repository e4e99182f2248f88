"""Training steps of ``tiny`` that give every network the same processor time: how the presets got theirs.

    python tests/performance/preset_budget.py 420 files data/mrms.nc
    python tests/performance/preset_budget.py 420 files data/mrms.nc ofdiff unet

The arguments are processor seconds of a fit, dataset, its data, and the methods (all built-in ones where none
is named). Each is fitted for 48 steps with a validation half-way. From the seconds between the lines of its
log follow those of a step and of a validation; the rest is what a fit does once, before and after training.
Run it on a machine that does nothing else.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import torch

from downbench import Dataset, FieldSequence, FitContext, Method, open_dataset
from downbench.plugins.session import registry

EVERY, STEPS = 12, 48
Data = tuple[FieldSequence, ...]


def measure(method: Method, train: Data, validation: Data, dataset: Dataset) -> tuple[float, float, float]:
    """Processor seconds of a step, of a validation and of all that is done once."""
    lines: dict[int, float] = {}

    def progress(done: int, total: int, text: str) -> None:
        if total == STEPS:
            lines[done] = time.process_time()

    started = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        method.fit(train, validation, FitContext(0, Path(folder), progress=progress, factor=dataset.factor))
    whole = time.process_time() - started
    first, middle, late, last = (lines[EVERY * k] for k in (1, 2, 3, 4))
    step = (middle - first + last - late) / (2 * EVERY)
    validated = max(late - middle - EVERY * step, 0.0)  # between the second and the third line
    return step, validated, max(whole - STEPS * step - 2 * validated, 0.0)


def main(budget: str, name: str, root: str, *names: str) -> None:
    """Print a Markdown table."""
    torch.set_num_threads(1)
    dataset = open_dataset(name, root)
    train, validation = dataset.open("train"), dataset.open("validation")
    print(f"{dataset.label}; {budget} CPU s a fit")
    print("| method | step, CPU s | validation, CPU s | once, CPU s | steps of tiny | its CPU s | steps |")
    print("|---" * 7 + "|")
    for entry in registry().entries("method"):
        if names and entry.info.name not in names:
            continue
        cls = entry.load()
        config = cls.Config(**cls.presets["tiny"]) if "tiny" in getattr(cls, "presets", {}) else None
        if config is None or not hasattr(config, "train_steps"):
            continue
        short = {"train_steps": STEPS, "log_every": EVERY, "validate_every": STEPS // 2}
        step, validated, once = measure(cls(config.model_copy(update=short)), train, validation, dataset)
        each = step + validated / config.validate_every
        steps = round((float(budget) - once) / each)
        now = once + each * config.train_steps
        row = (entry.info.name, f"{step:.3f}", f"{validated:.1f}", f"{once:.0f}")
        print("|", " | ".join((*row, str(config.train_steps), f"{now:.0f}", str(steps))), "|", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
