"""Runs side by side: the same as one after another, and nothing is left running after an interruption."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from folders import PLUGINS, TOY

from downbench.plugins.registry import Registry
from downbench.suite.jobs import run_jobs as module

SUITE = """
methods:
  - {name: noisy, seeds: [0, 1]}
  - {name: broken}
  - {name: batched, set: {steps: 1}}
  - {name: batched, set: {steps: 2}}
datasets: [{name: toy, set: {frames: 30}}]
members: 3
controls: false
"""
OPTIONS = ("--metric", "crps", "--plugin", TOY, "--plugin", PLUGINS / "portable.py", "--json")
OF_THE_DAY = ("created", "cost", "device", "digest")  # the digest is that of the record itself
Events = list[tuple[str, dict[str, Any]]]


def test_the_same_as_one_after_another(bench: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Outcomes, records and events; a run that fails harms no other; two runs of one fit share it."""
    Path("suite.yaml").write_text(SUITE)
    events: Events = []
    monkeypatch.setattr(Registry, "announce", lambda self, event, **rest: events.append((event, rest)))
    told = {}
    for jobs in ("1", "2"):
        events.clear()
        result = bench("run", "--suite", "suite.yaml", "--runs", jobs, "--jobs", jobs, *OPTIONS, code=1)
        outcomes = json.loads(result.stdout)["runs"]
        told[jobs] = (_outcomes(outcomes, jobs), _records(Path(jobs)), _by_run(events, jobs))
        assert "ZeroDivisionError: on purpose" in result.stderr
    one, two = told["1"], told["2"]
    assert [outcome["status"] for outcome in two[0]] == ["finished"] * 2 + ["failed"] + ["finished"] * 2
    for ours, theirs in zip(two, one, strict=True):
        assert ours == theirs
    fits = [rest for _, rest in events if rest.get("stage") == "fit" and rest["run"]["method"] == "batched"]
    assert [fit["reused"] for fit in fits] == [False, True]
    batched = [run["test_evaluations"] for run in two[1].values() if run["method"]["name"] == "batched"]
    assert sorted(batched) == [1, 2]


def _outcomes(outcomes: list[dict[str, Any]], root: str) -> list[dict[str, Any]]:
    return [outcome | {"directory": Path(outcome["directory"]).relative_to(root)} for outcome in outcomes]


def _records(root: Path) -> dict[Path, Any]:
    records = {path.relative_to(root): json.loads(path.read_text()) for path in root.rglob("run.json")}
    return {path: {k: v for k, v in run.items() if k not in OF_THE_DAY} for path, run in records.items()}


def _by_run(events: Events, root: str) -> dict[str, list[Any]]:
    """Events of each run in their order; errors by their text, folders below the root."""
    told = defaultdict(list)
    for event, rest in events:
        details = {key: value for key, value in rest.items() if key not in ("run", "directory", "error")}
        folder = Path(rest["directory"]).relative_to(root) if "directory" in rest else None
        told[json.dumps(rest["run"])].append((event, details, folder, str(rest.get("error", ""))))
    return dict(told)


class Interrupted:
    """A display at which somebody presses Ctrl-C, as soon as two runs sample."""

    def __init__(self) -> None:
        self.before = set(psutil.Process().children(recursive=True))
        self.children: set[psutil.Process] = set()

    def __enter__(self) -> Interrupted:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def show(self, states: dict[int, Any], waiting: int) -> None:
        if [state.stage for state in states.values()] == ["sample"] * 2:
            self.children = set(psutil.Process().children(recursive=True)) - self.before
            raise KeyboardInterrupt


def test_an_interruption_stops_what_goes_forward(
    bench: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Ctrl-C, SIGTERM and SIGHUP raise it."""
    display = Interrupted()
    monkeypatch.setattr(module, "make_display", lambda: display)
    command = ("run", "-d", "toy", "-m", "broken", "--seed", "1", "--seed", "2", "--set", "broken.how=slow")
    result = bench(*command, "--no-controls", "--jobs", "2", *OPTIONS, code=130)
    assert "interrupted; finished stages and chunks are kept" in result.stderr
    assert len(display.children) in (2, 3)  # the runs, and perhaps the one that they were forked from
    assert not any(child.is_running() for child in display.children)
    assert not list(Path("runs").rglob("failed.json"))
    assert len(list(Path("runs").rglob("fit.json"))) == 2
