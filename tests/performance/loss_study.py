"""Losses of the deterministic networks by their error on validation: how ``tiny`` got its default.

    python tests/performance/loss_study.py 150 files data/mrms.nc
    python tests/performance/loss_study.py 150 xshield size=64 days=200

The arguments are steps, dataset, its data and its parameters. Each network is trained for so many steps of
``tiny`` with one seed, and samples the validation split as a run would, with the coarse rain given back. A
table's order is by absolute error.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

from downbench import FieldSequence, FitContext, Method, SampleContext, build_config, upsample
from downbench.suite.request import DatasetSpec
from downbench.suite.resolve import make_dataset
from downbench_methods.regression.methods import SwinIR, UNet

METHODS = {"unet": UNet, "swin-ir": SwinIR}
FRAMES = 24  # of the validation split, evenly spread


def errors(method: Method, sequence: FieldSequence, factor: int) -> tuple[float, float]:
    """Mean absolute and mean squared error in mm/h over frames of a sequence."""
    chosen = np.unique(np.linspace(0, len(sequence.times) - 1, FRAMES).round().astype(int))
    absolute, squared, count = 0.0, 0.0, 0
    for tile in range(sequence.fine.sizes["tile"]):
        coarse = sequence.coarse.isel(tile=tile, time=chosen + sequence.warmup).load()
        truth = sequence.fine.isel(tile=tile, time=chosen).to_numpy()
        context = SampleContext(seed=0, sequence=sequence.name, tile=tile, factor=factor)
        static = sequence.static.isel(tile=tile) if "tile" in sequence.static.dims else sequence.static
        rain = np.concatenate([part.to_numpy()[0] for part in method.sample(coarse, static, 1, context)])
        covered = np.isfinite(upsample(coarse["precipitation"].to_numpy(), factor, "nearest"))
        difference = (rain - truth)[covered & np.isfinite(truth)]
        absolute += float(np.abs(difference).sum())
        squared += float(np.square(difference).sum())
        count += difference.size
    return absolute / count, squared / count


def main(steps: str, name: str, *rest: str) -> None:
    """Print a Markdown table."""
    torch.set_num_threads(1)
    changed = dict(text.split("=", 1) for text in rest if "=" in text)
    roots = [Path(text) for text in rest if "=" not in text]
    settings = {key: json.loads(value) for key, value in changed.items()}
    dataset = make_dataset(DatasetSpec(name=name, root=roots[0] if roots else None, set=settings))
    train, validation = dataset.open("train"), dataset.open("validation")
    print(f"{dataset.label}, validation; {steps} steps of tiny, one seed")
    print("| network | loss | absolute error, mm/h | squared error, mm2/h2 | CPU s |")
    print("|---" * 5 + "|")
    for label, cls in METHODS.items():
        for loss in ("mse", "mae"):
            changes = {"loss": loss, "train_steps": int(steps), "validate_every": int(steps)}
            method = cls(build_config(label, cls.Config, cls.presets, "tiny", changes))
            started = time.process_time()
            with tempfile.TemporaryDirectory() as folder:
                method.fit(train, validation, FitContext(0, Path(folder), factor=dataset.factor))
            spent = time.process_time() - started
            absolute, squared = errors(method, validation[0], dataset.factor)
            print(f"| {label} | {loss} | {absolute:.5f} | {squared:.4f} | {spent:.0f} |", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
