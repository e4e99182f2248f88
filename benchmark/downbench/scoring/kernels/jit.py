"""Compiled kernels: machine code kept between runs, and threads over a kernel's independent parts."""

from __future__ import annotations

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
    """Threads that kernels use: ``NUMBA_NUM_THREADS`` if set, else the cores that this process may use."""
    return int(numba.config.NUMBA_NUM_THREADS)


def in_threads(function: Callable[[int, int], None], total: int, least: int = 1) -> None:
    """Call ``function(start, stop)`` over 0..total, in as many threads as get ``least`` each."""
    parts = min(thread_count(), total // least)
    if parts <= 1:
        function(0, total)
        return
    edges = [total * i // parts for i in range(parts + 1)]
    with ThreadPoolExecutor(parts) as pool:
        list(pool.map(function, edges[:-1], edges[1:]))


def frames_worth_a_thread(cells: int) -> int:
    """Frames of so many cells that are worth a thread of their own in a sum over cells."""
    return max(1, 400_000 // cells)
