"""Measured cost of a stage; measuring never fails a run, and says where a memory figure comes from."""

from __future__ import annotations

import os
import platform
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from downbench.contracts.method import Method
from downbench.errors import UserError
from downbench.guard import running
from downbench.store.record_parts import Cost, Device

DEVICES = ("auto", "cpu", "cuda")

COST_LOST = Cost(
    wall_s=None,
    cpu_s=None,
    peak_memory_mb=None,
    memory_source="not known: the stage was killed before it was written down",
)
NOT_FITTED = Cost(
    wall_s=None,
    cpu_s=None,
    peak_memory_mb=None,
    memory_source="not fitted here: the weights were given",
)
HANDED_IN = Cost(
    wall_s=None,
    cpu_s=None,
    peak_memory_mb=None,
    memory_source="not measured: the predictions were handed in",
)


def _reset_peak() -> bool:
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return False
    return True


def _peak(after_reset: bool) -> tuple[float, str]:
    """Peak resident memory [MB] and its source."""
    if after_reset:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024, "VmHWM of this stage"
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit, "ru_maxrss of the process so far"


@contextmanager
def measured() -> Iterator[dict[str, Any]]:
    """Yield a dictionary that holds wall_s, cpu_s, peak_memory_mb and memory_source when the block ends."""
    cost: dict[str, Any] = {}
    after_reset = _reset_peak()
    wall, cpu = time.perf_counter(), time.process_time()
    yield cost
    cost["wall_s"] = round(time.perf_counter() - wall, 3)
    cost["cpu_s"] = round(time.process_time() - cpu, 3)
    peak, source = _peak(after_reset)
    cost["peak_memory_mb"], cost["memory_source"] = round(peak, 1), source


def on_cluster(wall: float, cpu: float) -> dict[str, Any]:
    """The cost of work that was spread over processes, in place of what :func:`measured` tells of one."""
    return {
        "wall_s": round(wall, 3),
        "cpu_s": round(cpu, 3),
        "peak_memory_mb": None,
        "memory_source": "not measured: worked out on a cluster; times are added up over its workers",
    }


def device_facts(device: str, method: Method | None = None) -> Device:
    """Where a stage is worked out: device, processor, threads, and what a method chose for it."""
    torch, chosen = sys.modules.get("torch"), {}
    if method is not None:
        with running(f"method {type(method).__name__}", type(method)):
            chosen = dict(method.chosen())
    return Device(
        name=device,
        cpus=os.cpu_count(),
        machine=platform.machine(),
        threads=None if torch is None else torch.get_num_threads(),
        model=torch.cuda.get_device_name(device) if torch and device.startswith("cuda") else None,
        chosen=chosen,
    )


def pick_device(wanted: str) -> str:
    """``auto`` is a GPU where the loaded method brought torch and there is one, else the CPU.

    Raises:
        UserError: there is no such device here.
    """
    if wanted not in DEVICES:
        raise UserError(f"{wanted!r} is not a device that is known here", f"choose {', '.join(DEVICES)}")
    torch = sys.modules.get("torch")
    gpu = torch is not None and torch.cuda.is_available()
    if wanted == "cuda" and torch is not None and not gpu:
        raise UserError("this machine has no GPU that torch can use", "choose --device cpu or auto")
    if wanted == "auto":
        return "cuda" if gpu else "cpu"
    return wanted
