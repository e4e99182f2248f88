"""Training steps of ``tiny`` that give every network the same processor time: how the presets got theirs.

    python tests/performance/preset_budget.py 420 files data/mrms.nc
    python tests/performance/preset_budget.py 420 files data/mrms.nc ofdiff unet factor=4

The arguments are processor seconds of a fit, dataset, its data, the methods (all built-in ones where none is
named), and parameters of the dataset. Each is fitted for 40 steps
with a validation half-way, and for 40 of its prediction alone where that is trained first. From the seconds
between the lines of its log follow those of a step and of a validation; the rest is what a fit does once,
before and after training. Run it on a machine that does nothing else.

"Alone" is how many steps of the prediction alone take the time of one of all networks. The ``mean_rate`` of a
preset is higher: a prediction that was given its whole share rests, so that the steps after it cost less
(docs/methods/ofdiff.md, what was tried on HadUK).
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import torch

from downbench import Dataset, FieldSequence, FitContext, Method, open_dataset
from downbench.plugins.session import registry

EVERY, STEPS = 10, 40
Data = tuple[FieldSequence, ...]


class Costs(NamedTuple):
    """Processor seconds of a fit."""

    step: float  # of all networks
    validation: float
    first: float  # of a step of the prediction alone, with its share of a validation
    once: float


def measure(method: Method, train: Data, validation: Data, dataset: Dataset, validate_every: int) -> Costs:
    """Fit for a few steps, and tell what each costs."""
    times: dict[bool, list[float]] = {True: [], False: []}  # of the lines of each stage

    def progress(done: int, total: int, text: str) -> None:
        if "step " in text:
            times[text.startswith("prediction")].append(time.process_time())

    started = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        method.fit(train, validation, FitContext(0, Path(folder), progress=progress, factor=dataset.factor))
    whole = time.process_time() - started
    step, validated = _stage(times[False])
    spent, first = STEPS * step + 2 * validated, 0.0
    if times[True]:
        alone, rated = _stage(times[True])
        spent, first = spent + STEPS * alone + 2 * rated, alone + rated / validate_every
    return Costs(step, validated, first, max(whole - spent, 0.0))


def _stage(lines: list[float]) -> tuple[float, float]:
    """Processor seconds of a step and of a validation, which lies between the second and the third line."""
    first, middle, late, last = lines
    step = (middle - first + last - late) / (2 * EVERY)
    return step, max(late - middle - EVERY * step, 0.0)


def main(budget: str, name: str, root: str, *others: str) -> None:
    """Print a Markdown table."""
    torch.set_num_threads(1)
    settings = dict(other.split("=", 1) for other in others if "=" in other)
    names = [other for other in others if "=" not in other]
    dataset = open_dataset(name, root, settings)
    train, validation = dataset.open("train"), dataset.open("validation")
    print(f"{dataset.label}; {budget} CPU s a fit")
    print("| method | step, CPU s | validation, CPU s | once, CPU s | alone | tiny | its CPU s | steps |")
    print("|---" * 8 + "|")
    for entry in registry().entries("method"):
        if names and entry.info.name not in names:
            continue
        cls = entry.load()
        config = cls.Config(**cls.presets["tiny"]) if "tiny" in getattr(cls, "presets", {}) else None
        if config is None or not hasattr(config, "train_steps"):
            continue
        every = config.validate_every
        short = {"train_steps": STEPS, "log_every": EVERY, "validate_every": STEPS // 2}
        if getattr(config, "mean_share", 0.0):
            short |= {"train_steps": 2 * STEPS, "mean_share": 0.5, "mean_rate": 1.0}
        costs = measure(cls(config.model_copy(update=short)), train, validation, dataset, every)
        each = costs.step + costs.validation / every
        now, steps = costs.once + each * config.train_steps, round((float(budget) - costs.once) / each)
        rate = f"{each / costs.first:.1f}" if costs.first else "-"
        row = (f"{costs.step:.3f}", f"{costs.validation:.1f}", f"{costs.once:.0f}", rate)
        words = (entry.info.name, *row, str(config.train_steps), f"{now:.0f}", str(steps))
        print("|", " | ".join(words), "|", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
