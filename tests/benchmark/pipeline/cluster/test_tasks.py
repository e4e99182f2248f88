"""A task that fails takes nothing with it that has ended."""

from __future__ import annotations

import time
from threading import Event
from typing import Any

import pytest

from downbench import RunFailed
from downbench.pipeline.cluster.tasks import work_on_cluster

SECOND_FAILED, THIRD_ENDED = Event(), Event()


def work(_: Any, task: str) -> str:
    """The second of three tasks fails, and the third ends a little later."""
    if task == "second":
        SECOND_FAILED.set()
        raise OSError(28, "No space left on device", "chunk")
    if task == "third":
        assert SECOND_FAILED.wait(30)
        time.sleep(0.5)
        THIRD_ENDED.set()
    return task


def test_what_ended_after_the_task_that_failed_is_kept_too() -> None:
    """The client is busy with the first when the others end."""
    from distributed import LocalCluster

    kept = []

    def done(task: str, result: str) -> None:
        kept.append((task, result))
        if task == "first":
            assert THIRD_ENDED.wait(30)
            time.sleep(1)  # until the news is here

    options: dict[str, Any] = {"processes": False, "threads_per_worker": 1, "dashboard_address": None}
    with (
        LocalCluster(n_workers=2, **options) as cluster,
        pytest.raises(RunFailed, match=r"the disk is full \(chunk\).*\n.*what is finished is kept"),
    ):
        work_on_cluster(cluster.scheduler_address, work, None, lambda _: ["first", "second", "third"], done)
    assert kept == [("first", "first"), ("third", "third")]
