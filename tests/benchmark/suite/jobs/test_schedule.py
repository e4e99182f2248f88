"""Order of runs: nothing is fitted twice at once, and what was stopped comes first."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from downbench.suite.jobs.schedule import Schedule


def plans(*fits: str) -> list[Any]:
    return [SimpleNamespace(directory=SimpleNamespace(fit=Path(fit))) for fit in fits]


def test_runs_of_one_fit_go_one_after_another() -> None:
    first, same, other = plans("a", "a", "b")
    schedule = Schedule([first, same, other])
    schedule.begin(first)
    assert schedule.next() is other
    schedule.begin(other)
    assert schedule.next() is None
    schedule.end(first)
    assert schedule.next() is same
    schedule.begin(same)
    schedule.end(same)
    assert not schedule.is_done
    schedule.end(other)
    assert schedule.is_done


def test_what_was_stopped_begins_before_what_has_not_begun() -> None:
    first, second = plans("a", "b")
    schedule = Schedule([first, second])
    schedule.begin(first)
    schedule.put_back(first)
    assert schedule.next() is first
    assert not schedule.is_done
