"""The leaderboard with many runs: time and memory of building, size of a page, time until it is drawn.

    python tests/performance/bench_leaderboard.py [RUNS]

    (with tests/helpers and tests/leaderboard on PYTHONPATH)

Builds the site of RUNS (1,000 by default) and of a quarter of them, in a process each: their ratio shows
whether time grows with the runs or faster. Then the same after one new run, as a share of it.
Then a board of 200 methods, 40 metrics, 20 regions in Chromium.
"""

from __future__ import annotations

import copy
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from chromium import Page
from conftest import fake_run
from records import write_content

from downbench.files import digest_file
from downbench.store.resamples import save_resamples

SEEDS = 3
BUILD = """import sys
from pathlib import Path
from downbench_leaderboard.command import build
build(*map(Path, sys.argv[1:]))"""
PAINTED = "new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(r, 50))))"
SORTS = ("mse", "crps", "emd", "psd", "sae", "lag1", "method", "mse")  # each puts the rows in another order
STANDARD = ("crps", "mse", "emd", "psd", "sae", "lag1")  # of the fake runs that are registered metrics


def write_runs(root: Path, runs: int, metrics: int = 31, regions: int = 3, seeds: int = SEEDS) -> None:
    """Runs of ``runs / seeds`` methods, with ``metrics`` headline scores, resampled values and two curves."""
    template = fake_run("ofdiff")
    card, score = template["metrics"]["crps"], template["scores"][0]
    names = [*STANDARD, *(f"metric-{i:02d}" for i in range(metrics - len(STANDARD)))]
    weather = np.random.default_rng(0).normal(0, 0.05, 400)
    template["dataset"] |= {"block_bins": 5, "block_hours": 120.0}
    template["metrics"] = {name: {**card, "tags": [("spatial", "temporal")[len(name) % 2]]} for name in names}
    for number in range(runs):
        method, seed = divmod(number, seeds)
        rng = np.random.default_rng([method, seed])
        run = copy.deepcopy(template)
        run["method"]["name"], run["seed"] = f"method-{method:04d}", seed
        run["scores"] = [
            {**score, "metric": name, "region": region, "season": season, "n_eff": 24, "value": float(v)}
            for name in names
            for region in ("all", *(f"region-{i}" for i in range(regions - 1)))
            for season in (("all", "DJF", "JJA") if regions < 10 else ("all",))
            for v in [0.05 + method / 1e4 + rng.normal(0, 1e-3)]
        ]
        directory = root / "xshield" / f"method-{method:04d}" / f"{seed}" / "samples" / "s" / "scores" / "c"
        directory.mkdir(parents=True)
        drawn = {
            name: {"": (0.05 + method / 1e4) * (1 + weather + rng.normal(0, 0.005, 400))} for name in names
        }
        save_resamples(directory, drawn)
        run["files"] = {"resamples.parquet": digest_file(directory / "resamples.parquet")}
        write_content(directory / "run.json", run)


def build(runs: Path, out: Path) -> dict[str, float]:
    """CPU seconds and peak memory (MiB) of one build, in a process of its own."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", BUILD, str(runs), str(out)], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"CPU s": seconds, "peak MiB": after.ru_maxrss / 1024}


def busy(profile: Path) -> float:
    """CPU seconds of the browser's renderers so far, all their threads: script, style, layout, pictures."""
    seconds = 0.0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            command = stat.with_name("cmdline").read_bytes()
        except OSError:  # it has ended meanwhile
            continue
        if b"--type=renderer" in command and str(profile).encode() in command:
            fields = stat.read_text().rpartition(")")[2].split()
            seconds += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return seconds


def open_page(path: Path, profile: Path) -> dict[str, Any]:
    """How large a page is, and how long it works until it is drawn, and for a sort until that is painted."""
    page = Page(profile)
    page.size(1400)
    start = busy(profile)
    page.open(path)
    opened = busy(profile) - start
    page.go("#view=table")
    page.run(PAINTED)
    page.run("new Promise((r) => setTimeout(r, 1000))")  # of drawing the table nothing is left to do
    start = busy(profile)
    for name in SORTS:
        page.run(f"sortBy('{name}'); draw(); {PAINTED}")
    sort = (busy(profile) - start) / len(SORTS)
    page.close()
    return {"MB": path.stat().st_size / 1e6, "opened CPU s": opened, "sort CPU s": sort}


def main() -> None:
    """Print the figures."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        costs = {}
        for number in (runs // 4, runs):
            write_runs(root / f"{number}", number)
            costs[number] = build(root / f"{number}", root / f"site-{number}")
            print(f"{number} runs:", {key: round(value, 1) for key, value in costs[number].items()})
            write_runs(root / "more", 1)
            shutil.move(
                root / "more" / "xshield" / "method-0000", root / f"{number}" / "xshield" / "method-new"
            )
            again = build(root / f"{number}", root / f"site-{number}")
            share = again["CPU s"] / costs[number]["CPU s"]
            print(f"after one new run: {again['CPU s']:.1f} s, {share:.2f} of it")
        few, many = costs.values()
        print(f"four times the runs: {many['CPU s'] / few['CPU s']:.2f} times the CPU time")
        write_runs(root / "wide", 200, metrics=40, regions=20, seeds=1)
        build(root / "wide", root / "wide-site")
        print("200 x 40 x 20:", open_page(root / "wide-site" / "index.html", root / "profile"))


if __name__ == "__main__":
    main()
