"""Growth of the cost of sampling and scoring with tiles, frames and members, over two decades of each.

    python tests/performance/bench_growth.py [tiles|frames|members ...]

A method that costs nothing on simulated rain (``free_plugin.py``), CRPS and lag-1 autocorrelation, nothing
stored (``--keep none``); processor seconds of the run's own record. Every run has a part that does not grow,
so growth is told by what a further tile (frame, member) costs: from the second size to the third, as a ratio
to what it costs from the first to the second. 1.00 is linear; the suite's bound is 1.10. Each size is run
three times and its least cost taken, since other work on the machine only adds.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from free_runs import record

METRICS = ("crps", "lag1")
SMALL = {"frames": 48, "tiles": 1, "members": 4, "size": 64}
SIZES = {"tiles": (1, 10, 100), "frames": (48, 480, 4800), "members": (2, 20, 200)}
ROUNDS = 3
# else what does not grow is most of it
MORE = {"members": {"frames": 2400}, "tiles": {"frames": 240}, "frames": {"members": 20}}


def seconds(**sizes: int) -> float:
    """Processor time of sampling and scoring [s], the least of ``ROUNDS``."""
    return min(_once(**sizes) for _ in range(ROUNDS))


def _once(**sizes: int) -> float:
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        cost = record(Path(folder), **{**SMALL, **sizes}, keep="none", metrics=METRICS)["cost"]
    return float(cost["sample"]["cpu_s"] + cost["score"]["cpu_s"])


def main(axes: list[str]) -> None:
    """Print the cost of three sizes of each, and how it grows."""
    seconds()  # kernels are compiled
    print("what       sizes            CPU seconds              further one: second decade to first")
    for axis in axes:
        sizes = SIZES[axis]
        cost = [seconds(**{**MORE.get(axis, {}), axis: size}) for size in sizes]
        first, second = ((cost[i + 1] - cost[i]) / (sizes[i + 1] - sizes[i]) for i in (0, 1))
        numbers = "".join(f"{value:8.2f}" for value in cost)
        print(f"{axis:10s} {sizes!s:16s} {numbers} {second / first:12.2f}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:] or list(SIZES))
