"""Solvers and their evaluations against CRPS and tail error on validation: what the default was chosen by.

    python tests/performance/solver_study.py MODEL DATASET [DATA_ROOT]

MODEL is the ``model`` folder of a fitted ofdiff; all settings get the same noise.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import torch
import xarray as xr

from downbench import FieldSequence, SampleContext, upsample
from downbench.suite.request import DatasetSpec
from downbench.suite.resolve import make_dataset
from downbench_methods.base.network import fair_crps
from downbench_methods.ofdiff.method import OFDiff

MEMBERS, FRAMES, TILES = 4, 12, 2  # frames are spread over the split
SETTINGS = [
    ("ddim", "time", 100),
    ("ddim", "logsnr", 100),
    *(("ddim", spacing, steps) for spacing in ("time", "logsnr") for steps in (8, 20)),
    *(("heun", "logsnr", steps) for steps in (9, 15)),
    ("dpmpp", "time", 8),
    *(("dpmpp", "logsnr", steps) for steps in (4, 6, 8, 12, 20)),
]


def pieces(sequence: FieldSequence) -> list[tuple[xr.Dataset, xr.Dataset, np.ndarray, int]]:
    """Coarse fields with their past, static fields and truth of single frames, and their tile."""
    found = []
    count = max(FRAMES // TILES, 1)
    chosen = np.unique(np.linspace(0, len(sequence.times) - 1, count).round().astype(int))
    for tile in range(min(TILES, sequence.fine.sizes["tile"])):
        coarse, static = sequence.coarse.isel(tile=tile), sequence.static.isel(tile=tile)
        for frame in chosen:
            last = frame + sequence.warmup
            window = coarse.isel(time=slice(max(last - 2, 0), last + 1)).load()
            found.append((window, static, sequence.fine.isel(tile=tile, time=frame).to_numpy(), tile))
    return found


def main(model: str, dataset: str, root: str | None = None) -> None:
    """Print a Markdown table."""
    torch.set_num_threads(1)
    method = OFDiff.load(Path(model))
    place = make_dataset(DatasetSpec(name=dataset, root=Path(root) if root else None))
    sequence = place.open("validation")[0]
    frames = pieces(sequence)
    print(f"{place.label}, validation, {len(frames)} frames, {MEMBERS} members; sampled in CPU seconds")
    print("| solver | levels | evaluations | CRPS, mm/h | 99 % | 99.9 % | CPU s |")
    print("|---" * 7 + "|")
    fitted = method.config
    for solver, spacing, steps in SETTINGS:
        method.config = fitted.model_copy(update={"solver": solver, "spacing": spacing, "steps": steps})
        method.fitted("cpu").config = method.config
        start, scores, rain, truths = time.process_time(), [], [], []
        for coarse, static, truth, tile in frames:
            context = SampleContext(
                seed=0, sequence=sequence.name, tile=tile, start=coarse.sizes["time"] - 1, factor=place.factor
            )
            [*_, last] = method.sample(coarse, static, MEMBERS, context)
            covered = np.isfinite(upsample(coarse["precipitation"].to_numpy()[-1], place.factor, "nearest"))
            valid = covered & np.isfinite(truth)
            members = last.to_numpy()[:, -1][:, valid]
            scores.append(fair_crps(members, truth[valid]))
            rain.append(members.ravel())
            truths.append(truth[valid])
        spent = time.process_time() - start
        pooled, seen = np.concatenate(rain), np.concatenate(truths)
        tail = " | ".join(f"{np.quantile(pooled, p) - np.quantile(seen, p):+.3f}" for p in (0.99, 0.999))
        crps = np.concatenate(scores).mean()
        print(f"| {solver} | {spacing} | {steps} | {crps:.5f} | {tail} | {spent:.1f} |", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
