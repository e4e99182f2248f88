"""Fair CRPS, mean, variance and rank of ours beside the libraries' CRPS, on (24, 384, 384) float32.

    python tests/performance/bench_crps.py [members ...]

All in one process, by turns, the best of several rounds, so that other work on the machine disturbs the
ratios little. Threads: as many as ``NUMBA_NUM_THREADS`` allows, for ours and for the read; the libraries take
what they take. These get the layout and the estimator that they are fastest with, and the first frames only
(their time grows with the number of cells; a short array spares their memory and helps their caches).
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable

import numpy as np
import properscoring
import scoringrules
import xarray as xr
import xskillscore
from scores.probability import crps_for_ensemble

from downbench.scoring.kernels.ensemble import ensemble_fields
from downbench.scoring.kernels.jit import Array, compiled, in_threads, thread_count

SHAPE = (24, 384, 384)
PEER_FRAMES = 3
ROUNDS = 9
READ, OURS = "read the members once", "downbench, all five fields"
Calls = dict[str, Callable[[], object]]


@compiled
def _read(values: Array, start: int, stop: int) -> float:
    part = values[start:stop]
    total = np.float32(0)
    for i in range(len(part)):
        total += part[i]
    return total


def own_calls(truth: np.ndarray, members: np.ndarray) -> Calls:
    """The floor, and ours."""
    flat = members.ravel()
    return {
        READ: lambda: in_threads(lambda a, b: _read(flat, a, b), flat.size, 1 << 16),
        OURS: lambda: ensemble_fields(truth, members),
    }


def peer_calls(truth: np.ndarray, members: np.ndarray) -> Calls:
    """The libraries on the first frames, members on their last axis."""
    truth = truth[:PEER_FRAMES]
    last = np.ascontiguousarray(np.moveaxis(members[:, :PEER_FRAMES], 0, -1))
    y, x = xr.DataArray(truth, dims=("t", "y", "x")), xr.DataArray(last, dims=("t", "y", "x", "member"))
    calls: Calls = {
        "properscoring": lambda: properscoring.crps_ensemble(truth, last),
        "xskillscore": lambda: xskillscore.crps_ensemble(y, x, member_dim="member", dim=[]),
        "scores, ecdf": lambda: crps_for_ensemble(x, y, "member", preserve_dims="all"),
    }
    for estimator in ("qd", "pwm", "fair"):
        calls[f"scoringrules, {estimator}"] = lambda estimator=estimator: scoringrules.crps_ensemble(
            truth, last, estimator=estimator, backend="numba"
        )
    return calls


def measure(members: int) -> None:
    """Print a table for so many members."""
    rng = np.random.default_rng(0)
    truth = np.maximum(rng.standard_normal(SHAPE, np.float32) - 0.5, 0)
    ensemble = np.maximum(rng.standard_normal((members, *SHAPE), np.float32) - 0.5, 0)
    own, peers = own_calls(truth, ensemble), peer_calls(truth, ensemble)
    start = time.perf_counter()
    own[OURS]()
    compiling = time.perf_counter() - start
    best = {name: np.full(2, np.inf) for name in [*own, *peers]}  # wall and CPU time
    scale = SHAPE[0] / PEER_FRAMES
    first = {name: _seconds(call)[0] for name, call in peers.items()}  # compiles and warms up
    for turn in range(ROUNDS):
        for name, call in own.items():
            for _ in range(3):  # the libraries' arrays have gone, and the first call gets new pages of memory
                best[name] = np.minimum(best[name], _seconds(call))
        for name, call in peers.items():
            if turn < 2 or first[name] < 3:
                best[name] = np.minimum(best[name], scale * _seconds(call))
    floor, ours, peer = best[READ], best[OURS], np.min([best[name] for name in peers], axis=0)
    load = os.getloadavg()[0]
    print(f"\n{members} members, {ensemble.nbytes / 1e6:.0f} MB, {thread_count()} threads, load {load:.1f}")
    for name, (seconds, _) in sorted(best.items(), key=lambda item: item[1][0]):
        relative = f"{seconds / floor[0]:9.1f} x read{seconds / ours[0]:9.1f} x ours"
        print(f"  {name:28s}{seconds * 1e3:10.1f} ms{relative}")
    for kind, number in (("wall", 0), ("CPU", 1)):
        read, faster = ours[number] / floor[number], peer[number] / ours[number]
        print(f"  ours, {kind} time: {read:.1f} x the read, {faster:.1f} x faster than the best library")
    print(f"  first call {compiling:.1f} s")


def _seconds(call: Callable[[], object]) -> np.ndarray:
    """Wall and CPU seconds; the latter tell more on a machine that does other work."""
    start = np.array([time.perf_counter(), time.process_time()])
    call()
    return np.array([time.perf_counter(), time.process_time()]) - start


if __name__ == "__main__":
    for count in [int(text) for text in sys.argv[1:]] or [10, 16, 32, 64]:
        measure(count)
