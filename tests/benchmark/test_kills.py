"""Killed at any moment, no command loses what was finished, and the same command then gives the same result.

The moments are changes of the file system, drawn with a seed: where in time they fall depends on no machine.
"""

from __future__ import annotations

import json
import random
import shutil
import sys
from pathlib import Path

import pytest
import xarray as xr
from coarse_files import rain_file
from folders import PLUGINS, TOY

from downbench.findings.damage import find_damages, find_leftovers
from downbench.findings.stored_run import open_run
from downbench.temporaries import leftovers_in

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counts system calls of Linux")

TOY_FLAGS = ("--plugin", str(TOY))
RUN = ("run", "-m", "noisy", "-d", "toy", "--no-controls", "--members", "2", "--metric", "crps", *TOY_FLAGS)
FIT = ("run", "-m", "frugal", "-d", "breeze", "--no-controls", "--metric", "crps", "--members", "2")
FLAGS = ("--plugin", str(PLUGINS / "portable.py"))


def kill_often(strike, base, folder, command, times):
    """Kill a command at several moments, each in a copy of ``base`` below ``folder``; the copies."""
    shutil.copytree(base, folder / "whole")
    [[code, changes]] = strike([str(folder / "whole"), command, None])
    assert code == 0, (folder / "log").read_text()
    assert changes >= times
    moments = random.Random(7).sample(range(1, changes + 1), times)
    copies = [folder / f"moment-{moment}" for moment in moments]
    for copy in copies:
        shutil.copytree(base, copy)
    struck = strike(*([str(copy), command, moment] for copy, moment in zip(copies, moments, strict=True)))
    assert {code for code, _ in struck} == {-9}
    return copies


def repeat(strike, copies, command):
    repeated = strike(*([str(copy), command, None] for copy in copies))
    assert {code for code, _ in repeated} == {0}, (copies[0].parent / "log").read_text()


def scores(folder):
    [record] = [path for path in folder.rglob("run.json") if ".tmp" not in str(path)]
    return open_run(record.parent).record.scores


@pytest.fixture(scope="module")
def finished(strike, tmp_path_factory):
    """A finished run of the toy."""
    folder = tmp_path_factory.mktemp("finished") / "base"
    folder.mkdir()
    [[code, _]] = strike([str(folder), RUN, None])
    assert code == 0
    return folder


def test_run(strike, finished, tmp_path):
    (tmp_path / "base").mkdir()
    copies = kill_often(strike, tmp_path / "base", tmp_path, RUN, 5)
    for copy in copies:
        assert list(find_damages(copy / "runs")) == []  # what claims to be finished is whole
    repeat(strike, copies, RUN)
    for copy in copies:
        assert scores(copy) == scores(finished)
        assert list(find_leftovers(copy / "runs")) == []


def test_score_that_replaces_what_it_reads(strike, finished, tmp_path):
    record = next(finished.rglob("run.json")).parent.relative_to(finished)
    command = ("score", str(record), *TOY_FLAGS)
    copies = kill_often(strike, finished, tmp_path, command, 5)
    for copy in copies:
        assert list(find_damages(copy / "runs")) == []
        assert scores(copy) == scores(finished)  # at every moment one whole version stands there
        assert len(open_run(copy / record).statistics.arrays) > 1
    repeat(strike, copies, command)
    for copy in copies:
        assert scores(copy) == scores(finished)
        assert list(find_leftovers(copy / "runs")) == []


def test_leaderboard_in_place_of_a_former_one(strike, finished, tmp_path):
    command = ("leaderboard", "runs", "--out", "site")
    shutil.copytree(finished, tmp_path / "base")
    [[code, _]] = strike([str(tmp_path / "base"), command, None])
    assert code == 0
    copies = kill_often(strike, tmp_path / "base", tmp_path, command, 4)
    for copy in copies:
        assert len(json.loads((copy / "site" / "results.json").read_text())["runs"]) == 1
    repeat(strike, copies, command)
    for copy in copies:
        assert len(json.loads((copy / "site" / "results.json").read_text())["runs"]) == 1
        assert list(leftovers_in(copy)) == []


@pytest.mark.parametrize("out", ["fine.zarr", "fine.nc"])
def test_apply(strike, tmp_path, out):
    base = tmp_path / "base"
    base.mkdir()
    rain_file(base / "rain.nc", size=(8, 8))
    [[code, _]] = strike([str(base), (*FIT, *FLAGS), None])
    assert code == 0, (tmp_path / "log").read_text()
    fit = next(base.rglob("fit.json")).parent.relative_to(base)
    command = ("apply", str(fit), "rain.nc", "--members", "2", "--out", out, *FLAGS)
    copies = kill_often(strike, base, tmp_path, command, 3)
    repeat(strike, copies, command)
    for copy in copies:
        xr.testing.assert_identical(open_fine(copy / out), open_fine(tmp_path / "whole" / out))
        beside = {path.name for path in copy.iterdir() if "fine" in path.name}
        assert beside == {out}


def open_fine(path: Path) -> xr.Dataset:
    return xr.open_zarr(path).load() if path.is_dir() else xr.open_dataset(path).load()
