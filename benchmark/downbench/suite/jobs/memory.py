"""Memory of this machine and of runs, and whether there is room for another one."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import psutil

LEAST = 1e9  # bytes that a run is thought to need before one has been seen
RESERVE = 0.05  # of all memory, which no run is to use
_CGROUPS = Path("/sys/fs/cgroup")


class Memory(NamedTuple):
    """Memory that this process and its children may use, in bytes."""

    total: float
    available: float


def memory_here() -> Memory:
    """Memory of this machine, or of the container or the cluster's job that this process runs in."""
    machine = psutil.virtual_memory()
    limits = [Memory(machine.total, machine.available), *_limits(Path("/proc/self/cgroup"), _CGROUPS)]
    return Memory(min(limit.total for limit in limits), min(limit.available for limit in limits))


def _limits(membership: Path, root: Path) -> Iterable[Memory]:
    """Limits of the control groups (version 2) that this process is in, from the innermost outwards."""
    try:
        lines = membership.read_text(encoding="utf-8").splitlines()
    except OSError:  # not Linux
        return
    inner = next((line.removeprefix("0::/") for line in lines if line.startswith("0::/")), None)
    if inner is None:
        return
    for folder in [root / inner, *(root / inner).parents]:
        with suppress(OSError, ValueError):
            total = float((folder / "memory.max").read_text())  # "max" is no limit, and not a number
            used = float((folder / "memory.current").read_text()) - _cached(folder / "memory.stat")
            yield Memory(total, max(0.0, total - used))
        if folder == root:
            return


def _cached(statistics: Path) -> float:
    """Bytes of files that the system gives up where memory is needed."""
    pairs = (line.split() for line in statistics.read_text(encoding="utf-8").splitlines())
    return next((float(value) for name, value in pairs if name == "inactive_file"), 0.0)


def memory_of(pid: int) -> float:
    """Bytes that a process and those that it started occupy; 0 when it has ended."""
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
    except psutil.Error:
        return 0.0
    total = 0.0
    for member in family:
        with suppress(psutil.Error):
            total += member.memory_info().rss
    return total


def has_room(memory: Memory, occupied: list[float], need: float) -> bool:
    """Whether another run may be begun.

    Args:
        memory: of this machine.
        occupied: bytes that each run which goes forward occupies; each of them may still grow to ``need``.
        need: bytes of the largest run that was seen.
    """
    to_come = sum(max(0.0, need - bytes_) for bytes_ in occupied)
    return not occupied or memory.available - to_come > need + RESERVE * memory.total


def is_short(memory: Memory) -> bool:
    """Whether so little is left that a run must be stopped."""
    return memory.available < RESERVE * memory.total
