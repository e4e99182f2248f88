"""Whole command lines on damaged records, models and suites, as a user would type them.

Whatever was damaged: the scores that were there, or one message and exit code 1 or 2; never a traceback, and
never another score of the run beside it.
"""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from coarse_files import rain_file
from damaging import damage, damaged_text
from folders import PLUGINS
from toy_runs import PLUGIN, toy_run

from downbench.cli.main import main
from downbench.plugins.session import configure

Command = Callable[..., tuple[int, Any]]
PORTABLE = ("--plugin", PLUGINS / "portable.py")
FIT = ("run", "-m", "frugal", "-d", "breeze", "--no-controls", "--metric", "mse", "--members", "2")
SUITE = b"""methods: [{name: nearest, preset: tiny, seeds: [0]}]
datasets:
- {name: toy, set: {frames: 30, sequences: 1}}
members: 2
regions: []
"""


@pytest.fixture
def command(capfd: pytest.CaptureFixture[str]) -> Iterator[Command]:
    """Run a command line: its exit code and its JSON, once its messages are as they must be."""

    def call(*arguments: object) -> tuple[int, Any]:
        code = main([str(argument) for argument in (*arguments, "--json")])
        out, err = capfd.readouterr()
        assert code in (0, 1, 2), err
        for wrong in ("Traceback", "in a way that it should not"):
            assert wrong not in err, err
        messages = [line for line in err.splitlines() if line.startswith("error: ")]
        assert len(messages) == (not out), "output, or one message"
        return code, json.loads(out) if out else None

    yield call
    configure()


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """A folder of two finished runs, and their score directories in it."""
    folder = tmp_path_factory.mktemp("made") / "runs"
    options = ("--members", "2", "--metric", "mse")
    one, other = (toy_run(folder, name, *options, frames=30) for name in ("noisy", "bicubic"))
    return folder, one.relative_to(folder), other.relative_to(folder)


def test_run_json(runs: tuple[Path, Path, Path], command: Command, tmp_path: Path) -> None:
    whole, beside = ((runs[0] / run / "run.json").read_bytes() for run in runs[1:])
    for seed in range(50):
        folder = tmp_path / str(seed)
        shutil.copytree(runs[0], folder)
        one, other = folder / runs[1], folder / runs[2]
        draw = random.Random(seed)
        with_digest = draw.random() < 0.5
        damage(one / "run.json", whole, seed, with_digest)
        lines: list[tuple[object, ...]] = [
            ("score", one),
            ("compare", one, other),
            ("verify", one),
            ("doctor", "--runs", folder),
            ("leaderboard", folder, "--out", tmp_path / "site"),
        ]
        line = draw.choice(lines)
        code, printed = command(*line, *PLUGIN)
        if code == 0 and line[0] == "score" and not with_digest:
            assert printed["runs"][0]["scores"] == json.loads(whole)["scores"]
        assert (other / "run.json").read_bytes() == beside


def test_model_json(command: Command, tmp_path: Path) -> None:
    """Of a model that a coarse file is downscaled with."""
    coarse = rain_file(tmp_path / "rain.nc", frames=3, size=(2, 2))
    assert command(*FIT, "--runs", tmp_path / "runs", *PORTABLE)[0] == 0
    [path] = (tmp_path / "runs").rglob("model.json")
    whole, line = path.read_bytes(), ("apply", path.parents[1], coarse, "--members", "2", *PORTABLE)
    assert command(*line, "--out", tmp_path / "right.zarr")[0] == 0
    right = (tmp_path / "right.zarr" / "precipitation" / "c").rglob("*")
    expected = {file.name: file.read_bytes() for file in right if file.is_file()}
    for seed in range(50):
        damage(path, whole, seed, with_digest=seed % 2 == 0)
        out = tmp_path / f"{seed}.zarr"
        code, _ = command(*line, "--out", out)
        if code == 0 and seed % 2:
            made = (out / "precipitation" / "c").rglob("*")
            assert {file.name: file.read_bytes() for file in made if file.is_file()} == expected


def test_suites(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "suite.yaml"
    line = ("run", "--suite", path, "--runs", tmp_path / "runs", "--metric", "mse", "--no-controls", *PLUGIN)
    path.write_bytes(SUITE)
    assert command(*line)[0] == 0
    [record] = (tmp_path / "runs").rglob("run.json")
    before = record.read_bytes()
    for seed in range(50):
        path.write_bytes(damaged_text(SUITE, random.Random(seed)))
        code, printed = command(*line)
        if code == 0:
            assert printed["runs"]
        assert record.read_bytes() == before
