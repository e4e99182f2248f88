"""``bench run --jobs 2`` against one run after another, on a suite of six runs: whole commands, by turns.

    python tests/performance/bench_jobs.py [days] [rounds] [training steps]

Three methods (two networks, one statistical) with two seeds each on the stand-in, from an empty folder of
runs, start of processes included. One after another is measured with all cores, as a user would have it, and
with the one core that each of two runs gets; scores of the last two must be equal to the last digit. CPU
seconds are those of the command and all its processes: what ``--jobs 2`` takes more of them is what more
processes cost, and two cores that share caches and memory; half of them is the least that it can take.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from downbench.suite.jobs.sharing import THREADS, core_count

METHODS = ("unet", "mean-noise", "rainfarm")
TRAINED = ("unet", "mean-noise")
OPTIONS = ("--no-controls", "--preset", "tiny", "--members", "4", "--seed", "1", "--seed", "2", "--json")


def command(days: int, steps: int, runs: Path, jobs: int) -> list[str]:
    """The command line."""
    methods = [part for method in METHODS for part in ("-m", method)]
    trained = [f"{name}.train_steps={steps}" for name in TRAINED]
    settings = [f"xshield.days={days}", "xshield.size=64", *trained]
    data = ["-d", "xshield", *(part for setting in settings for part in ("--set", setting))]
    rest = ("--runs", str(runs), "--jobs", str(jobs))
    return [sys.executable, "-m", "downbench", "run", *methods, *data, *OPTIONS, *rest]


def timed(days: int, steps: int, jobs: int, threads: int) -> tuple[tuple[float, float], Any]:
    """Wall and CPU time of the command with a number of threads in all [s], and the scores of its runs."""
    environment = os.environ | dict.fromkeys(THREADS, str(threads))
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        start, before = time.perf_counter(), cpu_of_children()
        done = subprocess.run(
            command(days, steps, Path(folder), jobs), env=environment, check=True, capture_output=True
        )
        seconds = time.perf_counter() - start, cpu_of_children() - before
    return seconds, [run["scores"] for run in json.loads(done.stdout)["runs"]]


def cpu_of_children() -> float:
    """User and system time of processes that have ended, and of theirs [s]."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main(days: int = 40, rounds: int = 1, steps: int = 100) -> None:
    """Print seconds and ratios."""
    cores = core_count()
    cases = {
        f"one after another, {cores} threads": (1, cores),
        "one after another, 1 thread": (1, 1),
        "--jobs 2, 1 thread each": (2, 1),
    }
    seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in cases}
    scores = {}
    for _ in range(rounds):
        for name, (jobs, threads) in cases.items():
            taken, scores[name] = timed(days, steps, jobs, threads)
            seconds[name].append(taken)
    best = {name: min(values) for name, values in seconds.items()}
    threaded, alone, both = cases
    print(f"six runs on {days} days of the stand-in, {cores} cores, load {os.getloadavg()[0]:.1f}")
    for name, (wall, cpu) in best.items():
        print(f"  {name:32} {wall:7.1f} s, {cpu:7.1f} s of CPU")
    for other, what in ((threaded, "all cores"), (alone, "one core")):
        ratio = best[other][0] / best[both][0]
        print(f"  --jobs 2 is {ratio:.2f} times faster than one after another on {what}")
    print(f"  by CPU time at most {2 * best[alone][1] / best[both][1]:.2f} times faster than on one core")
    same = scores[alone] == scores[both]
    print(f"  scores at equal threads: {'equal to the last digit' if same else 'DIFFERENT'}")


if __name__ == "__main__":
    main(*(int(text) for text in sys.argv[1:]))
