"""A training step of the suite's loop against the same networks in a bare loop, and its peak memory.

    python tests/performance/bench_training.py [preset] [steps] [KEY=VALUE ...]

KEY=VALUE changes a parameter of ofdiff. Both read the same batches and do the same work: loss, gradient,
clipping, Adam, averaged weights. They are run in turn.
"""

from __future__ import annotations

import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import torch
import xarray as xr
import yaml

from downbench import FieldSequence, FitContext, block_mean, build_config
from downbench_methods.fields.transform import fit_transform
from downbench_methods.ofdiff.configuration import OFDiffConfig
from downbench_methods.ofdiff.method import OFDiff
from downbench_methods.training.loop import train

REPEATS = 3


def data(size: int) -> tuple[FieldSequence, ...]:
    """Made-up rain with gaps between showers, 40 frames of one tile."""
    random = np.random.default_rng(0)
    fine = random.gamma(0.3, 2.0, (40, 1, size, size)) * (random.random((40, 1, size, size)) < 0.3)
    times = np.datetime64("2020-01-01", "ns") + np.arange(40) * np.timedelta64(3, "h")
    dims, coords = ("time", "tile", "y", "x"), {"time": times}
    coarse = xr.DataArray(block_mean(fine.astype(np.float32), 8), dims=dims, coords=coords)
    truth = xr.DataArray(fine.astype(np.float32), dims=dims, coords=coords)
    return (FieldSequence("s", xr.Dataset({"precipitation": coarse}), truth),)


def bare(module: torch.nn.Module, batches: Iterable[dict[str, torch.Tensor]], config: OFDiffConfig) -> None:
    """The loop that a researcher would write."""
    optimiser = torch.optim.Adam(module.parameters(), lr=config.lr, betas=config.adam)
    average = torch.optim.swa_utils.AveragedModel(
        module, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(config.ema)
    )
    for step, batch in enumerate(batches):
        loss = module(batch, step)["loss"]
        loss.backward()
        torch.nn.utils.clip_grad_norm_(module.parameters(), config.gradient_clip)
        optimiser.step()
        optimiser.zero_grad()
        average.update_parameters(module)


def main(preset: str = "tiny", steps: str = "15", *changes: str) -> None:
    """Print seconds a step of both, their ratio and the peak of memory."""
    count = int(steps)
    overrides = {"train_steps": count, "warmup": 1, "checkpoint_every": 10**6, "log_every": 10**6}
    for change in changes:
        key, _, value = change.partition("=")
        overrides[key] = yaml.safe_load(value)
    config = build_config("ofdiff", OFDiffConfig, OFDiff.presets, preset, overrides)
    assert isinstance(config, OFDiffConfig)
    method, rain = OFDiff(config), data(max(config.patch, 96))
    method.transform = fit_transform(rain, config.transform, config.rain_scale)
    clips = method.clips(rain, 1)
    times: dict[str, list[float]] = {"suite": [], "bare": []}
    for repeat in range(REPEATS):
        for name, spent in times.items():
            torch.manual_seed(repeat)
            method.module = method.build()
            method.prepare(clips)
            with tempfile.TemporaryDirectory() as folder:
                start = time.perf_counter()
                if name == "suite":
                    context = FitContext(seed=1, device="cpu", directory=Path(folder))
                    train(method.module, clips, config, context, None)
                else:
                    batches = (
                        clips.batch(range(k * config.batch, (k + 1) * config.batch)) for k in range(count)
                    )
                    bare(method.module, batches, config)
                spent.append((time.perf_counter() - start) / count)
    best = {name: statistics.median(values) for name, values in times.items()}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"ofdiff {' '.join([preset, *changes])}, {steps} steps: suite {best['suite']:.3f} s a step, "
        f"bare loop {best['bare']:.3f} s, ratio {best['suite'] / best['bare']:.3f}; peak memory {peak:.0f} MB"
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
