"""Runs on the toy dataset, made once a module by the command line."""

from __future__ import annotations

from pathlib import Path

from folders import TOY

from downbench.cli.main import main
from downbench.plugins.session import configure

PLUGIN = ("--plugin", str(TOY))


def toy_run(folder: Path, method: str, *options: str, frames: int = 60) -> Path:
    """Score directory of a run on the toy dataset below ``folder``."""
    before = set(folder.rglob("run.json"))
    command = ["run", "-m", method, "-d", "toy", "--no-controls", "--set", f"toy.frames={frames}"]
    code = main([*command, "--runs", str(folder), *PLUGIN, *options])
    configure()
    assert code == 0
    [found] = set(folder.rglob("run.json")) - before
    return found.parent
