"""Work waits for workers where there are none, and says so."""

from __future__ import annotations

from collections import deque
from threading import Timer
from types import SimpleNamespace
from typing import Any

import pytest

from downbench import DownbenchWarning
from downbench.pipeline.cluster import waiting
from downbench.pipeline.cluster.tasks import work_on_cluster


def double(_: Any, task: int) -> int:
    """What a worker does."""
    return 2 * task


def test_workers_that_are_gone_are_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    from distributed import LocalCluster

    monkeypatch.setattr(waiting, "ASK", 0.3)
    results: dict[int, int] = {}
    options: dict[str, Any] = {"processes": False, "threads_per_worker": 1, "dashboard_address": None}
    with LocalCluster(n_workers=1, **options) as cluster:

        def cut(_: int) -> list[int]:
            cluster.scale(0)
            cluster.sync(cluster._correct_state)
            Timer(2, cluster.scale, (1,)).start()
            return [1, 2, 3]

        said = "has no workers any more; the work waits for new ones"
        with pytest.warns(DownbenchWarning, match=said) as told:
            work_on_cluster(cluster.scheduler_address, double, None, cut, results.__setitem__)
    assert results == {1: 2, 2: 4, 3: 6}
    assert len([one for one in told if issubclass(one.category, DownbenchWarning)]) == 1


@pytest.mark.parametrize(
    ("workers", "said"),
    [
        ([("paused", {}), ("paused", {"task_counts": {"memory": 1}})], "has paused all its workers"),
        ([("paused", {"task_counts": {"executing": 1}})], ""),  # it is at work on its last task
        ([("paused", {"executing": 1})], ""),  # as older releases have it
        ([("paused", {}), ("running", {})], ""),
        ([], "has no workers any more"),
    ],
)
def test_workers_that_are_short_of_memory_are_told_of(workers: list[tuple[str, Any]], said: str) -> None:
    """Dask gives them nothing, for ever where their memory stays full."""
    there = {str(i): {"status": status, "metrics": more} for i, (status, more) in enumerate(workers)}
    client = SimpleNamespace(scheduler_info=lambda n_workers: {"workers": there})
    why = waiting.why_nothing_happens(client)
    assert why.startswith(said)
    assert bool(why) == bool(said)


class Ended:
    """As dask's ``as_completed``: a future that is added again has been worked out by then."""

    def __init__(self, *futures: SimpleNamespace) -> None:
        self.ready = deque(futures)

    def is_empty(self) -> bool:
        return not self.ready

    def has_ready(self) -> bool:
        return bool(self.ready)

    def __next__(self) -> SimpleNamespace:
        return self.ready.popleft()

    def add(self, future: SimpleNamespace) -> None:
        future.status = "finished"
        self.ready.append(future)


@pytest.mark.parametrize("status", ["lost", "pending"])
def test_a_result_that_died_with_its_worker_is_waited_for_again(status: str) -> None:
    lost, error = SimpleNamespace(status=status), SimpleNamespace(status="error")
    assert list(waiting.as_they_end(Ended(lost, error), None, "")) == [error, lost]
    assert lost.status == "finished"
