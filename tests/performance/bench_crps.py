"""Fair CRPS, mean, variance and rank of ours beside the libraries' CRPS: ratios to reading the members once.

    python tests/performance/bench_crps.py [members ...]

All in one process, by turns, the best of several rounds, so that other work on the machine disturbs the
ratios little. Threads: as many as ``NUMBA_NUM_THREADS`` allows, for ours and for the read.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import numpy as np
import properscoring
import xarray as xr
import xskillscore

from downbench.scoring.ensemble import ensemble_fields
from downbench.scoring.jit import Array, compiled, spread, thread_count

ROUNDS = 7


@compiled
def _read(values: Array, start: int, stop: int) -> float:
    part = values[start:stop]
    total = np.float32(0)
    for i in range(len(part)):
        total += part[i]
    return total


def contestants(truth: np.ndarray, members: np.ndarray) -> dict[str, Callable[[], object]]:
    """Name to call; all get the arrays in the layout that they are fastest with."""
    flat, last = members.ravel(), np.ascontiguousarray(np.moveaxis(members, 0, -1))
    y, x = xr.DataArray(truth, dims=("t", "y", "x")), xr.DataArray(last, dims=("t", "y", "x", "member"))
    return {
        "read the members": lambda: spread(lambda a, b: _read(flat, a, b), flat.size, 1 << 16),
        "downbench, five fields": lambda: ensemble_fields(truth, members),
        "properscoring, CRPS": lambda: properscoring.crps_ensemble(truth, last),
        "xskillscore, CRPS": lambda: xskillscore.crps_ensemble(y, x, member_dim="member", dim=[]),
    }


def measure(members: int) -> None:
    """Print a table for so many members."""
    frames = max(1, 192 // members)
    rng = np.random.default_rng(0)
    truth = np.maximum(rng.gamma(0.3, 2, (frames, 384, 384)) - 0.5, 0).astype(np.float32)
    ensemble = np.maximum(rng.gamma(0.3, 2, (members, *truth.shape)) - 0.5, 0).astype(np.float32)
    calls = contestants(truth, ensemble)
    first = {name: _seconds(call) for name, call in calls.items()}
    best = dict.fromkeys(calls, np.inf)
    for _ in range(ROUNDS):
        for name, call in calls.items():
            if first[name] < 20 * first["downbench, five fields"] or best[name] == np.inf:
                best[name] = min(best[name], _seconds(call))
    print(f"{members} members, {ensemble.nbytes / 1e6:.0f} MB, {thread_count()} threads")
    for name, seconds in best.items():
        floor, ours = best["read the members"], best["downbench, five fields"]
        print(
            f"  {name:24s} {seconds * 1e3:9.1f} ms {seconds / floor:8.1f} x read {seconds / ours:8.1f} x ours"
        )


def _seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


if __name__ == "__main__":
    for count in [int(text) for text in sys.argv[1:]] or [8, 10, 16, 32]:
        measure(count)
