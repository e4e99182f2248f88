"""Peak memory of the stages with ten times more frames, each in a process of its own.

    python tests/performance/bench_memory.py [frames ...]

First the stages of whole commands, as their own records have it: ``bench run`` (sampling and scoring, stored
and not) and ``bench apply``, for a method that costs nothing on simulated rain (``free_plugin.py``), one tile
of 128 x 128 cells and 8 members, 128 and 1,280 frames, three metrics.

Then scoring alone, with the standard set: the peak of a process that adds up chunks of six tiles of 96 x 96
cells with 8 members and six regions, works out all values, intervals and seasons, and saves the statistics:
the score stage but for reading files. The rain is made chunk by chunk, so that no field is held.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import xarray as xr

METRICS = ("crps", "fss", "lag1")  # of pixels, of neighbourhoods, and one that looks back
TILES, SIZE, MEMBERS, STRETCH = 6, 96, 8, 24
STEP, DAY = np.timedelta64(3, "h"), np.timedelta64(1, "D")


def rain(frames: int, seed: int) -> np.ndarray:
    """Mostly dry rain (member or 1, time, y, x) [mm/h]."""
    rng = np.random.default_rng(seed)
    return np.maximum(rng.standard_normal((MEMBERS + 1, frames, SIZE, SIZE), np.float32) * 3 - 3, 0)


def score(frames: int) -> None:
    """Score so many frames; prints the peak and where it was reached."""
    from downbench.plugins.session import registry
    from downbench.scoring.chunk import TileChunk
    from downbench.scoring.engine import Accumulator
    from downbench.scoring.grid import make_grid
    from downbench.scoring.inference.values import work_out

    entries = [e for e in registry().entries("metric") if getattr(e.info, "default", True)]
    metrics = {e.info.name: e.load()() for e in entries if e.distribution == "downbench"}
    edges = np.linspace(0, SIZE, 7).astype(int)
    masks = np.zeros((6, TILES, SIZE, SIZE), bool)
    for i in range(6):
        masks[i, :, edges[i] : edges[i + 1]] = True
    regions = {f"r{i}": xr.DataArray(mask, dims=("tile", "y", "x")) for i, mask in enumerate(masks)}
    covered = np.ones((TILES, SIZE // 8, SIZE // 8), bool)
    grid = make_grid(xr.Dataset(), regions, covered, 8, DAY, STEP, DAY)
    times = np.datetime64("2020-01-01T00:00:00") + np.arange(frames) * STEP
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        accumulator = Accumulator(metrics, grid, [("s", times)], MEMBERS, Path(folder))
        past = accumulator.past
        for start in range(0, frames, STRETCH):
            stop, first = min(start + STRETCH, frames), max(start - past, 0)
            for tile in range(TILES):
                fields = rain(stop - first, start + tile)
                split = start - first
                truth, members = fields[0], fields[1:]
                coarse = truth.reshape(len(truth), SIZE // 8, 8, SIZE // 8, 8).mean(axis=(2, 4))
                chunk = TileChunk(
                    truth[split:], members[:, split:], times[start:stop], "s", tile, grid,
                    truth[:split], members[:, :split], coarse[split:],
                )  # fmt: skip
                accumulator.add(chunk)
        streamed = peak()
        statistics = accumulator.statistics()
        work_out(statistics, metrics, True)
        valued = peak()
        statistics.save(Path(folder) / "statistics.zarr")
        size = sum(f.stat().st_size for f in Path(folder).rglob("*") if f.is_file()) / 1e6
    print(f"{streamed:.1f} {valued:.1f} {peak():.1f} {size:.1f}")


def peak() -> float:
    """Peak resident memory so far [MB]."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def stages(frames: int, folder: Path) -> dict[str, float]:
    """Peak memory of each stage of whole commands [MB]."""
    from free_runs import bench, record

    sizes = {"frames": frames, "tiles": 1, "members": 8, "size": 128}
    stored = record(folder / "stored", **sizes, keep="all", metrics=METRICS)
    peaks = {name: stored["cost"][name]["peak_memory_mb"] for name in ("sample", "score")}
    streamed = record(folder / "streamed", **sizes, keep="none", metrics=METRICS)
    peaks["both, not stored"] = streamed["cost"]["score"]["peak_memory_mb"]
    rain = np.maximum(np.random.default_rng(0).standard_normal((frames, 16, 16), np.float32), 0)
    times = np.datetime64("2020-01-01", "ns") + np.arange(frames) * STEP
    coarse = xr.DataArray(
        rain,
        {"time": times, "y": np.arange(16.0), "x": np.arange(16.0)},
        ("time", "y", "x"),
        "precipitation",
        {"units": "mm/h"},
    )
    coarse.to_netcdf(folder / "coarse.nc")
    where = ["--out", str(folder / "fine.zarr"), "--members", "8"]
    applied = bench("apply", stored["directory"], str(folder / "coarse.nc"), *where)
    return {**peaks, "apply": applied["cost"]["peak_memory_mb"]}


def compare_stages(small: int, large: int) -> None:
    """Print the peaks of two numbers of frames."""
    peaks = []
    for frames in (small, large):
        with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
            peaks.append(stages(frames, Path(folder)))
    print(f"stage               {small} frames  {large} frames [MB peak]   ratio")
    for name in peaks[0]:
        few, many = (peak[name] for peak in peaks)
        print(f"{name:18s}{few:12.0f}{many:13.0f}{many / few:19.3f}", flush=True)


def main(counts: list[int]) -> None:
    """One process per number of frames."""
    print("frames   streamed  values  saved [MB peak]   to the first   statistics [MB]   seconds   load")
    first = None
    for count in counts:
        start = time.perf_counter()
        call = [sys.executable, __file__, "--one", str(count)]
        environment = os.environ | {"NUMBA_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        found = subprocess.run(call, check=True, stdout=subprocess.PIPE, text=True, env=environment)
        streamed, valued, saved, size = (float(text) for text in found.stdout.split())
        first = first or saved
        seconds = time.perf_counter() - start
        print(
            f"{count:6d}{streamed:11.0f}{valued:8.0f}{saved:7.0f}{saved / first:27.3f}{size:18.1f}"
            f"{seconds:10.0f}{os.getloadavg()[0]:7.1f}",
            flush=True,
        )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        score(int(sys.argv[2]))
    else:
        compare_stages(128, 1280)
        main([int(text) for text in sys.argv[1:]] or [192, 1920])
