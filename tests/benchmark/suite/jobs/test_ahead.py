"""Processes that wait for their first run are taken where they fit, and end where nobody takes them."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import psutil
import pytest

from downbench.pipeline.plan_names import names_of_plugins
from downbench.plugins.loading import BUILTIN
from downbench.suite.jobs import ahead as module
from downbench.suite.jobs import program
from downbench.suite.jobs.ahead import Ahead, begun_ahead
from downbench.suite.jobs.memory import Memory


@pytest.fixture(autouse=True)
def no_room_for_more_than_two(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Of a gigabyte each."""
    monkeypatch.setattr(module, "memory_here", lambda: Memory(2.9e9, 2.9e9))
    before = set(psutil.Process().children())
    yield
    assert set(psutil.Process().children()) <= before


def test_processes_end_with_the_block_although_they_still_import() -> None:
    with begun_ahead(5, ["nearest"]) as ahead:
        taken = ahead.take(5, [])
        assert [process.number for process in taken] == [0, 1]  # for more there is no memory
        assert ahead.take(5, []) == []
        for process in taken:
            process.wait_and_kill()
    with begun_ahead(2, ["nearest"]):
        pass


@pytest.mark.parametrize(("jobs", "gpus"), [(3, []), (2, ["0"])])
def test_they_end_if_the_machine_is_shared_out_otherwise(jobs: int, gpus: list[str]) -> None:
    ahead = Ahead(2, [])
    children = [psutil.Process(process.pid) for process in ahead._processes]
    assert [child.is_running() for child in children] == [True, True]
    assert ahead.take(jobs, gpus) == []
    assert not any(child.is_running() for child in children)


def test_a_single_run_has_none() -> None:
    assert Ahead(1, ["nearest"]).take(1, []) == []


class Entry:
    """Of a plug-in that says whether it was imported."""

    def __init__(self, distribution: str) -> None:
        self.distribution, self.is_loaded = distribution, False

    def load(self) -> None:
        self.is_loaded = True


def test_what_is_built_in_is_imported_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    method, metric, strange = Entry(BUILTIN), Entry(BUILTIN), Entry("somebody's")
    entries = {"method": {"one": method}, "metric": {"two": metric, "three": strange}}
    fake = SimpleNamespace(
        find=lambda group, name: entries[group][name], entries=lambda group: entries[group].values()
    )
    monkeypatch.setattr(program, "registry", lambda: fake)
    program.prepare({"prepare": ["one"], "plugins": names_of_plugins()})
    assert (method.is_loaded, metric.is_loaded, strange.is_loaded) == (True, True, False)
    program.prepare({"prepare": ["absent"], "plugins": names_of_plugins()})  # the run will say so
