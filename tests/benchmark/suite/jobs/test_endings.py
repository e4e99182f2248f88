"""What becomes of runs whose process ends, or must end for want of memory: played, nothing is started."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from downbench.errors import DownbenchWarning
from downbench.suite.jobs import run_jobs as module
from downbench.suite.jobs.memory import Memory
from downbench.suite.jobs.run_jobs import run_jobs

ROOMY, NARROW, SHORT = Memory(100e9, 50e9), Memory(100e9, 5.5e9), Memory(100e9, 1e9)


class Played:
    """A process that does what the script has for a run: ``finish``, ``hang``, or a code to end with."""

    script: ClassVar[dict[str, list[str]]] = {}
    begun: ClassVar[list[tuple[int, str]]] = []
    all: ClassVar[list[Played]] = []

    def __init__(self, number: int, variables: dict[str, str], heard: Any) -> None:
        self.number, self.heard, self.pid = number, heard, number
        self.plan: Any = None
        self.is_stopped, self.code = False, 0
        self.last_words = ["Fatal Python error"]
        self.all.append(self)

    def begin(self, plan: Any) -> None:
        self.plan = plan
        self.begun.append((self.number, plan.label))
        acts = self.script.get(plan.label, ["finish"])
        act = acts.pop(0) if len(acts) > 1 else acts[0]
        if act == "finish":
            self.finish()
        elif act == "finish all":
            for process in [each for each in self.all if each.plan and not each.is_stopped]:
                process.finish()
        elif act != "hang":
            self.code = int(act)
            self.heard.put((self, {"is": "end"}))

    def finish(self) -> None:
        outcome = {"label": self.plan.label, "status": "finished"}
        self.heard.put((self, {"is": "outcome", "outcome": outcome}))

    def leave(self) -> None:
        pass

    def wait_and_kill(self) -> int:
        self.is_stopped = True
        return self.code


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Any]]:
    """Outcomes of runs by their labels; those whose labels begin alike share a fit."""
    failed = lambda plan, error: {"label": plan.label, "status": "failed", "why": f"{error} {error.trace}"}  # noqa: E731
    monkeypatch.setattr(module, "Process", Played)
    monkeypatch.setattr(module, "LOOK_EVERY", 0.01)
    monkeypatch.setattr(module, "memory_of", lambda pid: 0.0)
    monkeypatch.setattr(module, "memory_here", lambda: ROOMY)
    monkeypatch.setattr(module, "failed", failed)
    Played.begun.clear()
    Played.all.clear()

    def call(script: dict[str, list[str]], labels: str, jobs: int = 2) -> dict[str, Any]:
        monkeypatch.setattr(Played, "script", script)
        plans: list[Any] = [_plan(label) for label in labels.split()]
        reported: list[dict[str, Any]] = []
        outcomes = run_jobs(plans, jobs, reported.append)
        assert sorted(map(str, outcomes)) == sorted(labels.split())
        assert len(reported) == len(plans)
        return {outcome["label"]: outcome for outcome in outcomes.values()}

    return call


def _plan(label: str) -> Any:
    directory = SimpleNamespace(fit=Path(label[0]), score=Path(label))
    return SimpleNamespace(label=label, seed=0, device="cpu", directory=directory)


def test_a_killed_run_begins_again_once(
    play: Callable[..., dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    outcomes = play({"a": ["-9", "finish"], "b": ["-9"]}, "a b c")
    assert outcomes["a"]["status"] == outcomes["c"]["status"] == "finished"
    assert "the process of b was ended by the signal SIGKILL" in outcomes["b"]["why"]
    assert "again   a later: its process was killed" in capsys.readouterr().err


def test_another_end_of_a_process_is_a_failed_run(play: Callable[..., dict[str, Any]]) -> None:
    outcomes = play({"a": ["-11"], "b": ["3"]}, "a b c", jobs=1)
    assert "the process of a was ended by the signal SIGSEGV" in outcomes["a"]["why"]
    assert "Fatal Python error" in outcomes["a"]["why"]
    assert "exit code 3" in outcomes["b"]["why"]
    assert outcomes["c"]["status"] == "finished"


def test_where_memory_runs_short_the_youngest_stops_and_begins_again(
    play: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    looks = iter([ROOMY, ROOMY, SHORT])
    monkeypatch.setattr(module, "memory_here", lambda: next(looks, ROOMY))
    outcomes = play({"old": ["hang"], "new": ["hang", "finish all"]}, "old new")
    assert {outcome["status"] for outcome in outcomes.values()} == {"finished"}
    assert [label for _, label in Played.begun] == ["old", "new", "new"]
    assert "again   new later: the machine runs short of memory" in capsys.readouterr().err


def test_where_there_is_no_room_runs_go_one_by_one(
    play: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One always goes: what is too large for this machine fails by itself."""
    monkeypatch.setattr(module, "memory_here", lambda: NARROW)
    play({}, "a b c")
    assert {number for number, _ in Played.begun} == {0}


def test_runs_of_one_fit_are_not_at_it_at_once(play: Callable[..., dict[str, Any]]) -> None:
    play({"a1": ["hang"], "b": ["finish all"]}, "a1 a2 b")
    assert [label for _, label in Played.begun] == ["a1", "b", "a2"]


def test_what_a_process_says_is_told_here(capsys: pytest.CaptureFixture[str]) -> None:
    jobs = module._Jobs([], 1, lambda outcome: None, module.Ahead(1, []))
    speaker: Any = SimpleNamespace(number=0, plan=None, is_stopped=False)
    jobs._act(speaker, {"is": "text", "text": "a library speaks"})
    assert capsys.readouterr().err == "a library speaks\n"
    with pytest.warns(DownbenchWarning, match="frames are missing"):
        jobs._act(speaker, {"is": "warning", "text": "frames are missing"})
