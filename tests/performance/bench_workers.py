"""Two single-threaded workers against one, sampling and scoring: clusters of both sizes by turns.

    python tests/performance/bench_workers.py [frames [rounds]]

``score``: the ensemble of a method that costs nothing, stored beforehand, is scored with the standard set.
``sample``: a tenth of the frames are sampled by RainFARM and scored where they are (``--keep none``);
``sample more`` are four times as many, which says what client and scheduler take however long the work is.
All on the stand-in (six tiles of 96 x 96 cells, 8 members), reading and sending included, starting of
workers and compiling not.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

for _name in ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[_name] = "1"  # inherited by the workers

PLUGIN = Path(__file__).parents[1] / "plugins" / "toy.py"
MEMBERS = 8


def fitted_plan(method: str, frames: int, metrics: list[str] | None, runs: Path) -> Any:
    """A plan whose model stands on disk."""
    from downbench.pipeline.fit import fit
    from downbench.pipeline.metric_set import make_metrics
    from downbench.pipeline.plan import make_plan
    from downbench.plugins.session import registry
    from downbench.scoring.frames import open_frames
    from downbench.suite.request import DatasetSpec
    from downbench.suite.resolve import make_dataset

    plan = make_plan(
        registry().find("method", method),
        open_frames(make_dataset(DatasetSpec(name="xshield")), frames),
        make_metrics(metrics),
        preset="tiny",
        overrides={},
        seed=0,
        members=MEMBERS,
        budget=None,
        device="cpu",
        role="method",
        runs=runs,
    )
    fit(plan)
    return plan


def score(plan: Any, address: str) -> None:
    """Add up all chunks of a stored ensemble."""
    from downbench.pipeline.cluster.scoring import accumulate_on_cluster, recipe_of
    from downbench.scoring.reading import chunk_tasks, new_accumulator

    accumulator = new_accumulator(plan.frames, dict(plan.metrics.metrics), plan.members)
    tasks = chunk_tasks(plan.frames, plan.members, accumulator.past)
    accumulate_on_cluster(address, recipe_of(plan.scoring), tasks, accumulator)


def sample_and_score(plan: Any, address: str) -> None:
    """Sample all frames and score them where they are."""
    from downbench.contracts.method import silent
    from downbench.pipeline.stretches.streaming import stream

    folder = plan.directory.stretches
    shutil.rmtree(folder, ignore_errors=True)
    stream(replace(plan.sampling, scheduler=address), plan.metrics, folder, folder.parent, silent)


def measure(work: Callable[[Any, str], None], plan: Any, address: str) -> tuple[float, float, float]:
    """Wall time of some work, CPU time of the busiest worker, and of client and scheduler, in seconds.

    Client and scheduler are this process; on as many cores as workers, what they take is taken from workers.
    """
    from distributed import Client

    with Client(address, set_as_default=False) as client:
        before = client.run(time.process_time)
        start, own = time.perf_counter(), time.process_time()
        work(plan, address)
        wall, here = time.perf_counter() - start, time.process_time() - own
        after = client.run(time.process_time)
    return wall, max(after[worker] - before[worker] for worker in after), here


def main(frames: int = 96, rounds: int = 3) -> None:
    """Print both times and their ratios."""
    from distributed import LocalCluster

    from downbench.pipeline.sample import sample
    from downbench.plugins.session import configure

    configure((PLUGIN,))
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        stored = fitted_plan("noisy", frames, None, Path(folder))
        sample(stored.sampling)
        streamed = fitted_plan("rainfarm", max(frames // 10, 8), ["crps"], Path(folder))
        longer = fitted_plan("rainfarm", 4 * streamed.frames.count, ["crps"], Path(folder))
        work = {
            "score": (score, stored),
            "sample": (sample_and_score, streamed),
            "sample more": (sample_and_score, longer),
        }
        options = {"threads_per_worker": 1, "processes": True, "dashboard_address": None}
        with LocalCluster(n_workers=1, **options) as one, LocalCluster(n_workers=2, **options) as two:
            addresses = {1: one.scheduler_address, 2: two.scheduler_address}
            for name, (function, plan) in work.items():
                taken: dict[int, list[tuple[float, float, float]]] = {workers: [] for workers in addresses}
                for turn in range(rounds + 1):
                    for workers, address in addresses.items():
                        measured = measure(function, plan, address)
                        if turn:  # the first turn opens the data and loads the compiled code
                            taken[workers].append(measured)
                print_ratios(name, plan, taken)
    print("  (where other work takes the cores, wall time says little of the workers)")


def print_ratios(name: str, plan: Any, taken: dict[int, list[tuple[float, float, float]]]) -> None:
    """Print the best turn of each number of workers."""
    count, load = len(plan.metrics.metrics), os.getloadavg()[0]
    print(f"{name}: {plan.frames.count} frames of {plan.info.name}, {count} metrics, load {load:.1f}")
    best = {workers: [min(each) for each in zip(*pairs, strict=True)] for workers, pairs in taken.items()}
    for workers, (wall, cpu, here) in best.items():
        print(
            f"  {workers} single-threaded: {wall:7.2f} s, {cpu:7.2f} s of CPU in the busiest worker, "
            f"{here:5.2f} s in client and scheduler"
        )
    print(f"  wall {best[1][0] / best[2][0]:.2f} x, CPU {best[1][1] / best[2][1]:.2f} x")


if __name__ == "__main__":
    main(*(int(text) for text in sys.argv[1:]))
