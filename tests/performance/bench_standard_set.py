"""The standard set (without SAL) in one pass, beside the same set from xskillscore, scipy and pysteps.

    python tests/performance/bench_standard_set.py [frames [size [members]]]

Ours: statistics of all default metrics of one tile, added up by the engine and turned into values, with the
compiled code already there. Theirs: `reference_set.py`. By turns in one process, so that other work on the
machine disturbs the ratio little.
"""

from __future__ import annotations

import os
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import xarray as xr

sys.path.insert(0, str(Path(__file__).parent))
from reference_set import standard_set

from downbench.contracts.grid import Grid
from downbench.contracts.metric import Metric
from downbench.plugins.session import registry
from downbench.scoring.chunk import TileChunk
from downbench.scoring.engine import Accumulator
from downbench.scoring.grid import make_grid
from downbench.scoring.inference.values import work_out
from downbench.scoring.kernels.jit import thread_count

STEP, DAY = np.timedelta64(3, "h"), np.timedelta64(1, "D")
ROUNDS = 3


def fields(frames: int, size: int, members: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mostly dry, smooth rain: truth (time, y, x), members and coarse rain [mm/h]."""
    from scipy.ndimage import gaussian_filter

    noise = np.random.default_rng(0).standard_normal((members + 1, frames, size, size), np.float32)
    smooth = gaussian_filter(noise, (0, 0.7, 2, 2))
    rain = np.maximum(2 * (smooth / smooth.std() - 0.8), 0) ** 1.5
    truth = rain[0]
    return truth, rain[1:], truth.reshape(frames, size // 8, 8, size // 8, 8).mean(axis=(2, 4))


def standard_metrics() -> dict[str, Metric]:
    """The built-in metrics that are worked out unless others are named."""
    entries = [e for e in registry().entries("metric") if e.distribution == "downbench"]
    return {e.info.name: e.load()() for e in entries if e.info.default}


def one_pass(
    grid: Grid, metrics: dict[str, Metric], truth: np.ndarray, members: np.ndarray, coarse: np.ndarray
) -> None:
    """All metrics of one tile."""
    times = np.datetime64("2020-01-01T00:00:00") + np.arange(len(truth)) * STEP
    accumulator = Accumulator(metrics, grid, [("s", times)], len(members))
    accumulator.add(TileChunk(truth, members, times, "s", 0, grid, coarse=coarse))
    work_out(accumulator.statistics(), metrics, True)


def seconds(call: object) -> float:
    """Wall time of a call."""
    start = time.perf_counter()
    call()  # type: ignore[operator]
    return time.perf_counter() - start


def main(frames: int = 16, size: int = 256, members: int = 8) -> None:
    """Print a table."""
    warnings.simplefilter("ignore")
    truth, ensemble, coarse = fields(frames, size, members)
    metrics = standard_metrics()
    grid = make_grid(xr.Dataset(), {}, np.ones((1, size // 8, size // 8), bool), 8, DAY, STEP, DAY)
    first = seconds(lambda: one_pass(grid, metrics, truth, ensemble, coarse))
    calls = standard_set(truth, ensemble, coarse)
    ours, theirs = np.inf, dict.fromkeys(calls, np.inf)
    for turn in range(ROUNDS):
        ours = min(ours, *(seconds(lambda: one_pass(grid, metrics, truth, ensemble, coarse)) for _ in "12"))
        for name, call in calls.items():
            if turn == 0 or theirs[name] < 5:
                theirs[name] = min(theirs[name], seconds(call))
    total = sum(theirs.values())
    load = os.getloadavg()[0]
    print(f"({frames}, {size}, {size}), {members} members, {thread_count()} threads, load {load:.1f}")
    for name, each in sorted(theirs.items(), key=lambda item: -item[1]):
        print(f"  {name:26s}{each:9.3f} s")
    print(f"  {'all of the libraries':26s}{total:9.3f} s")
    print(f"  {'downbench, one pass':26s}{ours:9.3f} s  ({len(metrics)} metrics; first call {first:.1f} s)")
    print(f"  {total / ours:.1f} x faster")


if __name__ == "__main__":
    main(*(int(text) for text in sys.argv[1:]))
