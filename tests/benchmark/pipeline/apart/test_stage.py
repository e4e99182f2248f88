"""A third party's method in a process of its own: how its end is told, and that it changes no result."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from folders import PLUGINS, TOY

COMMAND = [
    *("run", "-d", "toy", "--no-controls", "--members", "2", "--metric", "crps", "--set", "toy.frames=30"),
    *("--plugin", TOY, "--plugin", PLUGINS / "faulty" / "leaving.py", "--json"),
]


@pytest.fixture
def outcomes(bench: Callable[..., Any]) -> Callable[..., dict[str, Any]]:
    def call(*options: str, methods: tuple[str, ...], code: int) -> dict[str, Any]:
        names = [part for method in methods for part in ("-m", method)]
        result = bench(*COMMAND, *names, *options, code=code)
        return {outcome["method"]: outcome for outcome in json.loads(result.stdout)["runs"]}

    return call


def test_every_way_to_leave_is_a_failed_run_and_ends_nothing_else(
    outcomes: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DOWNBENCH_ISOLATE")
    ways = ("quits", "gone", "crashes", "closes")
    found = outcomes(methods=(*ways, "behaves", "bicubic"), code=1)
    reasons = {name: found[name]["reason"] for name in ways}
    assert "called sys.exit(0)" in reasons["quits"]
    assert "ended the interpreter with exit code 0 while it was fitted" in reasons["gone"]
    assert "was ended by the signal SIGSEGV while it sampled" in reasons["crashes"]
    assert "GeneratorExit" in reasons["closes"]
    for name in ("quits", "crashes", "closes"):
        assert "leaving.py:" in reasons[name], "the line in the author's code"
    for name in ways:
        record = json.loads((Path(found[name]["directory"]) / "failed.json").read_text())
        assert (record["status"], record["reason"]) == ("failed", found[name]["reason"])
    assert [found[name]["status"] for name in ("behaves", "bicubic")] == ["finished"] * 2


def test_a_process_of_its_own_changes_no_result(outcomes: Callable[..., dict[str, Any]]) -> None:
    """Not the scores, not where they stand, and not what reaches standard output."""
    here = Path.cwd()
    [apart] = outcomes("--isolate", "--runs", "apart", methods=("behaves",), code=0).values()
    [within] = outcomes("--no-isolate", "--runs", "within", methods=("behaves",), code=0).values()
    assert apart["scores"] == within["scores"]
    assert apart["key"] == within["key"]
    assert Path.cwd() == here, "the method changed the working folder"


@pytest.mark.parametrize(
    ("method", "limit", "said"),
    [
        ("endless", ("--time-limit", "12s"), "took longer than the time limit of 12 s while it was fitted"),
        (
            "hungry",
            ("--memory-limit", "900M"),
            "took more memory than the limit of 900 MB while",
        ),
    ],
)
def test_limits(
    outcomes: Callable[..., dict[str, Any]], method: str, limit: tuple[str, str], said: str
) -> None:
    [found] = outcomes(*limit, methods=(method,), code=1).values()
    assert said in found["reason"]
    assert "leaving.py:" in found["reason"], "where it was"


def test_a_limit_without_a_process_to_hold_it_is_refused(bench: Callable[..., Any]) -> None:
    result = bench(*COMMAND, "-m", "behaves", "--no-isolate", "--time-limit", "1m", code=2)
    assert "a limit needs a process of its own" in result.stderr


def test_built_ins_stay_in_this_process(
    outcomes: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DOWNBENCH_ISOLATE")
    monkeypatch.setattr("downbench.pipeline.run.work_apart", lambda plan, stage: os.abort())
    assert outcomes(methods=("bicubic",), code=0)["bicubic"]["status"] == "finished"
