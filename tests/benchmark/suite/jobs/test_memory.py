"""Room for another run: what the machine has, what its containers allow, and what runs are going to take."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import psutil

from downbench.suite.jobs import memory as module
from downbench.suite.jobs.memory import Memory, has_room, is_short, memory_here, memory_of

GB = 1e9


def test_the_first_run_always_has_room_and_another_where_all_can_grow() -> None:
    machine = Memory(100 * GB, 30 * GB)
    assert has_room(Memory(100 * GB, 0), [], need=50 * GB)
    assert has_room(machine, [10 * GB], need=10 * GB)  # 30 GB less 10 of the new one leave more than 5
    assert not has_room(machine, [1 * GB, 1 * GB], need=10 * GB)  # the two are going to take 18 more


def test_short_is_below_a_twentieth() -> None:
    assert is_short(Memory(100 * GB, 4.9 * GB))
    assert not is_short(Memory(100 * GB, 5.1 * GB))


def test_the_tightest_group_of_processes_counts(tmp_path: Path) -> None:
    """As a cluster's job or a container has it; files that the system can give up do not count as used."""
    inner = tmp_path / "job" / "step"
    inner.mkdir(parents=True)
    (tmp_path / "member").write_text("0::/job/step\n")
    for folder, limit in ((tmp_path, "max"), (inner.parent, f"{8 * GB:.0f}"), (inner, "max")):
        (folder / "memory.max").write_text(limit)
        (folder / "memory.current").write_text(f"{6 * GB:.0f}\n")
        (folder / "memory.stat").write_text(f"anon 5\ninactive_file {1 * GB:.0f}\n")
    [limit] = module._limits(tmp_path / "member", tmp_path)
    assert limit == Memory(8 * GB, 3 * GB)


def test_memory_here_and_of_a_process() -> None:
    """Against what the system says of this process, with an array that is written to."""
    before = memory_of(os.getpid())
    array = np.ones(8_000_000)
    assert memory_of(os.getpid()) - before >= 0.9 * array.nbytes
    assert memory_of(2**22 + 1) == 0
    here = memory_here()
    assert 0 < here.available <= here.total <= psutil.virtual_memory().total
