"""How quick this machine is beside the one on which the costs of presets were measured."""

from __future__ import annotations

import time
from functools import cache

import numpy as np

# CPU seconds of the work below on the 2-core machine of docs/results/rivals.md with nothing else running:
# python -c "from downbench.suite.estimate.calibration import work; print(work())"
THERE = 0.16
_COUNT, _SIZE, _TIMES = 96, 48, 120


@cache
def slowness() -> float:
    """CPU seconds here for one there, by a moment of work."""
    return float(np.clip(work() / THERE, 0.1, 10))


def work() -> float:
    """CPU seconds of products of matrices and of passes over memory, as networks and scores need them.

    The matrices are so small that BLAS multiplies each in this thread alone, and only this thread counts:
    others spin while they wait, and on a machine whose cores are busy that counted several times the work.
    """
    values = np.linspace(0, 1, _COUNT * _SIZE * _SIZE, dtype=np.float32).reshape(_COUNT, _SIZE, _SIZE)
    wide = np.linspace(0, 1, 2**21, dtype=np.float32)
    start = time.thread_time()
    for turn in range(_TIMES):
        values = values @ values
        values /= np.abs(values).max()
        if turn % 2:
            wide = np.sqrt(wide * wide + np.float32(1e-3))
    return time.thread_time() - start
