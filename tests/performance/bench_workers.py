"""Two single-threaded workers against one, on the standard set: clusters of both sizes by turns.

    python tests/performance/bench_workers.py [frames [rounds]]

A run on the stand-in is sampled once (six tiles of 96 x 96 cells, 8 members); its chunks are then scored
through dask.distributed, reading and sending included, starting of workers and compiling not.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

for _name in ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[_name] = "1"  # inherited by the workers

PLUGIN = Path(__file__).parents[1] / "plugins" / "toy.py"


def sampled_plan(frames: int, runs: Path) -> Any:
    """A plan whose ensemble stands on disk."""
    from downbench.plugins.session import configure, registry
    from downbench.run.fit import fit
    from downbench.run.plan import make_plan
    from downbench.run.sample import sample
    from downbench.scoring.frames import open_frames
    from downbench.suite.request import DatasetSpec
    from downbench.suite.resolve import make_dataset, make_metrics

    configure((PLUGIN,))
    plan = make_plan(
        registry().find("method", "noisy"),
        open_frames(make_dataset(DatasetSpec(name="xshield")), frames),
        make_metrics(None),
        preset=None,
        overrides={},
        seed=0,
        members=8,
        budget=None,
        device="cpu",
        role="method",
        runs=runs,
    )
    fit(plan)
    sample(plan)
    return plan


def measure(plan: Any, address: str) -> tuple[float, float]:
    """Wall time to add up all chunks, and CPU time of the busiest worker, in seconds."""
    from distributed import Client

    from downbench.run.cluster.scoring import accumulate_on_cluster, recipe_of
    from downbench.scoring.reading import chunk_tasks, new_accumulator

    accumulator = new_accumulator(plan.frames, dict(plan.metrics.metrics), plan.members)
    tasks = chunk_tasks(plan.frames, plan.members, accumulator.past)
    with Client(address, set_as_default=False) as client:
        before = client.run(time.process_time)
        start = time.perf_counter()
        accumulate_on_cluster(address, recipe_of(plan), tasks, accumulator)
        wall = time.perf_counter() - start
        after = client.run(time.process_time)
    return wall, max(after[worker] - before[worker] for worker in after)


def main(frames: int = 96, rounds: int = 3) -> None:
    """Print both times and their ratios."""
    from distributed import LocalCluster

    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        plan = sampled_plan(frames, Path(folder))
        options = {"threads_per_worker": 1, "processes": True, "dashboard_address": None}
        with LocalCluster(n_workers=1, **options) as one, LocalCluster(n_workers=2, **options) as two:
            addresses = {1: one.scheduler_address, 2: two.scheduler_address}
            found: dict[int, list[tuple[float, float]]] = {workers: [] for workers in addresses}
            for turn in range(rounds + 1):
                for workers, address in addresses.items():
                    measured = measure(plan, address)
                    if turn:  # the first turn opens the data and loads the compiled code
                        found[workers].append(measured)
    count, load = len(plan.metrics.metrics), os.getloadavg()[0]
    print(f"{frames} frames, standard set of {count} metrics, load {load:.1f}")
    best = {workers: [min(each) for each in zip(*pairs, strict=True)] for workers, pairs in found.items()}
    for workers, (wall, cpu) in best.items():
        print(f"  {workers} single-threaded: {wall:7.2f} s, {cpu:7.2f} s of CPU in the busiest worker")
    print(f"  wall {best[1][0] / best[2][0]:.2f} x, CPU {best[1][1] / best[2][1]:.2f} x")
    print("  (where other work takes the cores, wall time says little of the workers)")


if __name__ == "__main__":
    main(*(int(text) for text in sys.argv[1:]))
