"""Compiled kernels: machine code kept between runs, and threads over a kernel's independent parts."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import numba
from numpy.typing import NDArray

F = TypeVar("F", bound=Callable)
Array = NDArray[Any]

# Sums may be reordered, which lets them use vector registers; NaN and infinity keep their meaning.
_OPTIONS = {"nogil": True, "error_model": "numpy", "fastmath": {"reassoc", "contract", "nsz"}}


def compiled(function: F) -> F:
    """Compile on first use; the machine code is kept beside the source or in the user's cache folder."""
    try:
        return numba.njit(cache=True, **_OPTIONS)(function)
    except RuntimeError:  # neither folder can be written: compile anew in each process
        return numba.njit(**_OPTIONS)(function)


def thread_count() -> int:
    """Threads that kernels use: ``NUMBA_NUM_THREADS`` if set, else the cores this process may use."""
    return min(int(numba.config.NUMBA_NUM_THREADS), len(os.sched_getaffinity(0)))


def spread(function: Callable[[int, int], None], total: int, grain: int = 1) -> None:
    """Call ``function(start, stop)`` over 0..total in a stretch per thread, cut at multiples of ``grain``."""
    parts = min(thread_count(), -(-total // grain))
    if parts <= 1:
        function(0, total)
        return
    size = -(-total // (parts * grain)) * grain
    with ThreadPoolExecutor(parts) as pool:
        list(pool.map(lambda start: function(start, min(start + size, total)), range(0, total, size)))
