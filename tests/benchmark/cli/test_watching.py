"""Which command lines another process watches, and what becomes of a plug-in that ends one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from folders import PLUGINS

from downbench.cli import watching
from downbench.cli.watching import may_run_strange_code

FRAGILE = ("--plugin", str(PLUGINS / "faulty" / "fragile.py"))
RUN = ("run", "-m", "bicubic", "-d", "fragile", "--no-controls", "--metric", "mse", *FRAGILE)


@pytest.mark.parametrize(
    ("line", "switch", "watched"),
    [
        ("run -m bicubic", None, False),
        ("run -m bicubic --plugin a.py", None, True),
        ("--plugin a.py run -m bicubic", None, True),
        ("run -m bicubic --plugin a.py", "0", False),
        ("run -m bicubic --plugin a.py --no-isolate", None, False),
        ("run -m bicubic --time-limit 90s", "0", True),
        ("apply a b --out c --memory-limit=1G", None, True),
        ("show toy --plugin a.py", None, False),
        ("run --plugin a.py --help", None, False),
        ("run --plugin", None, False),
    ],
)
def test_what_may_run_strange_code_is_watched(
    line: str, switch: str | None, watched: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "_is_strange_code_installed", lambda: False)
    monkeypatch.delenv("DOWNBENCH_ISOLATE")
    if switch is not None:
        monkeypatch.setenv("DOWNBENCH_ISOLATE", switch)
    assert may_run_strange_code(line.split()) == watched


def test_installed_plugins_count_unless_they_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "_is_strange_code_installed", lambda: True)
    monkeypatch.delenv("DOWNBENCH_ISOLATE")
    assert may_run_strange_code(["run"])
    assert not may_run_strange_code(["run", "--no-plugins"])


def shell(*arguments: str, fragile: str) -> subprocess.CompletedProcess[str]:
    """The command, as a user starts it, with a plug-in that breaks at one point."""
    environment = {**os.environ, "FRAGILE": fragile}
    del environment["DOWNBENCH_ISOLATE"]
    command = [sys.executable, "-m", "downbench", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_a_dataset_that_crashes_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = shell(*RUN, fragile="open:crash")
    assert done.returncode == 2
    assert done.stderr.startswith("error: dataset 'fragile' was ended by the signal SIGSEGV (")
    assert "fragile.py:" in done.stderr


def test_a_metric_that_leaves_is_named_and_no_score_is_lost(bench: Callable[..., Any]) -> None:
    bench(*RUN, "--metric", "fragile-mean")
    [record] = Path("runs").rglob("run.json")
    before = record.read_bytes()
    done = shell("score", str(record.parent), "--json", *FRAGILE, fragile="value:exit")
    assert done.returncode == 2
    assert done.stderr.startswith("error: metric 'fragile-mean' ended the interpreter with exit code 0\n")
    assert done.stdout == ""
    assert record.read_bytes() == before
