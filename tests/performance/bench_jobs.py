"""``bench run --jobs 2`` against one run after another, on a suite of six runs: whole commands, by turns.

    python tests/performance/bench_jobs.py [days] [rounds]

Three methods (two networks, one statistical) with two seeds each on the stand-in, from an empty folder of
runs, start of processes included. One after another is measured with all cores, as a user would have it, and
with the one core that each of two runs gets; scores of the last two must be equal to the last digit.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from downbench.suite.jobs.sharing import THREADS, core_count

METHODS = ("unet", "mean-noise", "rainfarm")
TRAINED = ("unet.train_steps=100", "mean-noise.train_steps=100")
OPTIONS = ("--no-controls", "--preset", "tiny", "--members", "4", "--seed", "1", "--seed", "2", "--json")


def command(days: int, runs: Path, jobs: int) -> list[str]:
    """The command line."""
    methods = [part for method in METHODS for part in ("-m", method)]
    settings = [f"xshield.days={days}", "xshield.size=64", *TRAINED]
    data = ["-d", "xshield", *(part for setting in settings for part in ("--set", setting))]
    rest = ("--runs", str(runs), "--jobs", str(jobs))
    return [sys.executable, "-m", "downbench", "run", *methods, *data, *OPTIONS, *rest]


def timed(days: int, jobs: int, threads: int) -> tuple[float, Any]:
    """Wall time of the command with a number of threads in all [s], and the scores of its runs."""
    environment = os.environ | dict.fromkeys(THREADS, str(threads))
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        start = time.perf_counter()
        done = subprocess.run(
            command(days, Path(folder), jobs), env=environment, check=True, capture_output=True
        )
        seconds = time.perf_counter() - start
    return seconds, [run["scores"] for run in json.loads(done.stdout)["runs"]]


def main(days: int = 40, rounds: int = 1) -> None:
    """Print seconds and ratios."""
    cores = core_count()
    cases = {
        f"one after another, {cores} threads": (1, cores),
        "one after another, 1 thread": (1, 1),
        "--jobs 2, 1 thread each": (2, 1),
    }
    seconds: dict[str, list[float]] = {name: [] for name in cases}
    scores = {}
    for _ in range(rounds):
        for name, (jobs, threads) in cases.items():
            wall, scores[name] = timed(days, jobs, threads)
            seconds[name].append(wall)
    best = {name: min(values) for name, values in seconds.items()}
    threaded, alone, both = cases
    print(f"six runs on {days} days of the stand-in, {cores} cores, load {os.getloadavg()[0]:.1f}")
    for name, value in best.items():
        print(f"  {name:32} {value:7.1f} s")
    print(
        f"  --jobs 2 is {best[threaded] / best[both]:.2f} times faster than one after another on all cores,"
    )
    print(f"  {best[alone] / best[both]:.2f} times faster than one after another on one core")
    same = scores[alone] == scores[both]
    print(f"  scores at equal threads: {'equal to the last digit' if same else 'DIFFERENT'}")


if __name__ == "__main__":
    main(*(int(text) for text in sys.argv[1:]))
