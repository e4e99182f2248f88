"""Random space-time patches from a zarr store: the suite's loader against xbatcher with torch's DataLoader.

    python tests/performance/bench_loader.py [frames] [cells] [examples of xbatcher]

One store of rain (zarr 3, its default codec, chunks of 24 frames of 256 x 256 cells), patches of 64 x 64
cells and three frames, batches of 8. xbatcher cuts rain alone; the suite's loader coarse rain too,
transformed, its patches chosen by their wet area. Each loader is run in a process of its own, with two
workers; examples are counted by wall time and by the CPU time of the process and its workers, which other
work on the machine changes less; the memory is the peak of that process above what it has when the data are
open, and that of xbatcher's worker processes. The start of these is not timed.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path

import numpy as np
import psutil
import xarray as xr

from downbench import DIMS, FieldSequence, block_mean

CHUNK, PATCH, CLIP, BATCH, WORKERS = (24, 1, 256, 256), 64, 3, 8, 2
MEMORY = 0.2e9  # bytes, the loader's bound


def write(folder: Path, frames: int, cells: int) -> None:
    """Showers that last, in part dry, and their block means."""
    rng = np.random.default_rng(0)
    times = np.datetime64("2020-01-01", "ns") + np.arange(frames) * np.timedelta64(1, "h")
    for k, first in enumerate(range(0, frames, CHUNK[0] * 4)):
        n = min(CHUNK[0] * 4, frames - first)
        where = rng.random((n, 1, cells // 32, cells // 32)) < 0.3
        rain = rng.gamma(0.5, 2.0, (n, 1, cells, cells)).astype(np.float32)
        rain *= where.repeat(32, 2).repeat(32, 3)
        data = xr.Dataset(
            {"fine": (DIMS, rain), "coarse": (("time", "tile", "Y", "X"), block_mean(rain, 8))},
            {"time": times[first : first + n]},
        )
        chunks = {"fine": {"chunks": CHUNK}, "coarse": {"chunks": (CHUNK[0], 1, cells // 8, cells // 8)}}
        if k == 0:
            data.to_zarr(folder, encoding=chunks, consolidated=False)
        else:
            data.to_zarr(folder, append_dim="time", consolidated=False)


def seconds() -> tuple[float, float]:
    """Wall time, and CPU time of this process and the workers it has."""
    processes = [psutil.Process(), *psutil.Process().children()]
    spent = [process.cpu_times() for process in processes]
    return time.perf_counter(), sum(times.user + times.system for times in spent)


def since(start: tuple[float, float], examples: int) -> tuple[float, float]:
    """Examples a second of wall time and of CPU time since then."""
    wall, cpu = (now - then for now, then in zip(seconds(), start, strict=True))
    return examples / wall, examples / cpu


def suite(data: xr.Dataset, examples: int) -> tuple[float, float]:
    """Examples a second of wall and of CPU time of the suite's loader."""
    from downbench_methods.fields.transform import Transform
    from downbench_methods.training.clips import Clips
    from downbench_methods.training.stream import Stream

    coarse = data[["coarse"]].rename(coarse="precipitation", Y="y", X="x")
    sequence = FieldSequence("s", coarse, data["fine"])
    clips = Clips([sequence], Transform(), 8, PATCH, CLIP, seed=1, memory=MEMORY)
    assert not clips.in_memory
    stream = Stream(clips, BATCH, 32, WORKERS)
    start = seconds()  # with the first readings
    for batch in stream.batches(range(k, k + BATCH) for k in range(0, examples, BATCH)):
        assert batch["fine"].shape == (BATCH, CLIP, PATCH, PATCH)
    return since(start, examples)


def xbatcher(data: xr.Dataset, examples: int) -> tuple[float, float]:
    """The same of xbatcher's own torch data set in torch's DataLoader, shuffled."""
    import torch
    import xbatcher
    from xbatcher.loaders.torch import MapDataset

    fine = data["fine"].isel(tile=0)
    sizes = {"time": CLIP, "y": PATCH, "x": PATCH}
    patches = MapDataset(xbatcher.BatchGenerator(fine, sizes, preload_batch=False))
    # not forked: zarr's event loop does not survive that, and the first batch never comes
    loader = torch.utils.data.DataLoader(
        patches, BATCH, shuffle=True, num_workers=WORKERS, multiprocessing_context="spawn"
    )
    batches = iter(loader)
    next(batches)  # the workers have started
    start = seconds()
    for batch in islice(batches, examples // BATCH):
        assert batch.shape == (BATCH, CLIP, PATCH, PATCH)
    return since(start, examples)


def one(name: str, folder: Path, examples: int) -> None:
    """Run one of them; prints its examples a second and its memory [MB]."""
    data = xr.open_zarr(folder, consolidated=False)
    data["fine"].isel(time=0).load()
    import torch  # noqa: F401 (it counts for neither)

    before = psutil.Process().memory_info().rss
    speed, by_cpu = {"suite": suite, "xbatcher": xbatcher}[name](data, examples)
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024  # of the largest
    print(json.dumps({"speed": speed, "by_cpu": by_cpu, "memory": (own + children * WORKERS) / 1e6}))


def main(frames: int = 2400, cells: int = 256, examples: int = 160) -> None:
    """Print both, and their ratio."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as temporary:
        folder = Path(temporary) / "rain.zarr"
        write(folder, frames, cells)
        size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        whole = 4e-6 * frames * cells**2
        print(f"store: {frames} frames of {cells}x{cells}, {whole:.0f} MB, {size / 1e6:.0f} on disk")
        results = {}
        for name, count in (("suite", 20 * examples), ("xbatcher", examples)):
            call = [sys.executable, __file__, "--one", name, str(folder), str(count)]
            out = subprocess.run(call, check=True, stdout=subprocess.PIPE, text=True).stdout
            results[name] = json.loads(out.splitlines()[-1])
            print(
                f"{name:9s}{results[name]['speed']:8.1f} examples/s{results[name]['by_cpu']:8.1f} per CPU s"
                f"{results[name]['memory']:8.0f} MB ({count} examples)",
                flush=True,
            )
        wall, cpu = (results["suite"][key] / results["xbatcher"][key] for key in ("speed", "by_cpu"))
        print(f"ratio {wall:.1f}, by CPU time {cpu:.1f}, load {os.getloadavg()[0]:.1f}")
        print(f"the bound of the suite's loader is {MEMORY / 1e6:.0f} MB")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        one(sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]))
    else:
        main(*(int(text) for text in sys.argv[1:]))
