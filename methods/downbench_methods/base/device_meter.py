"""Time and memory of a device, as sampling measures them."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

SHARE_CPU, SHARE_GPU = 0.25, 0.8  # of the memory that is free when sampling begins
UNKNOWN = 2e9  # bytes that are taken to be free where the system does not say


@dataclass(frozen=True)
class Meter:
    """What is read, so that tests can bring their own.

    Args:
        clock: seconds; on a GPU after all that was asked of it is done.
        memory: bytes that were in use at most so far.
        limit: bytes that may come to be in use beside those that are when sampling begins.
    """

    clock: Callable[[], float]
    memory: Callable[[], float]
    limit: float


def meter_of(device: str) -> Meter:
    """The meter of a device of torch."""
    if torch.device(device).type != "cuda":
        return Meter(time.perf_counter, _peak_of_process, SHARE_CPU * _free_memory())

    def clock() -> float:
        torch.cuda.synchronize(device)
        return time.perf_counter()

    def memory() -> float:
        return float(torch.cuda.max_memory_allocated(device))

    return Meter(clock, memory, SHARE_GPU * torch.cuda.mem_get_info(device)[0])


def _peak_of_process() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024.0


def _free_memory() -> float:
    """Bytes that new work can have."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return UNKNOWN
    free = [int(line.split()[1]) * 1024.0 for line in lines if line.startswith("MemAvailable")]
    return free[0] if free else UNKNOWN
