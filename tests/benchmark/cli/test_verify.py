"""``bench verify``: an independent path, and differences that it must find."""

from __future__ import annotations

import ast
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import zarr
from folders import PLUGINS
from scoring_metrics import built_in_metrics
from scoring_world import make_world
from toy_runs import PLUGIN, toy_run

from downbench import Null
from downbench.verification import distribution, ensemble, fields, spatial, temporal
from downbench.verification.checks import CHECKS
from downbench.verification.ours import engine_values
from downbench_metrics import downbench_metrics

PLUGIN_OPTIONS = (*PLUGIN, "--plugin", str(PLUGINS / "deadly.py"))
ENSEMBLES_ONLY = {"ranks", "coverage", "spread-skill", "reliability"}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """An ensemble and a deterministic run with holes in the rain, all metrics and one of somebody else's."""
    folder = tmp_path_factory.mktemp("made")
    metrics = [word for name in (*CHECKS, "deadly") for word in ("--metric", name)]
    options = ("--set", "toy.holes=true", *metrics, *PLUGIN_OPTIONS[2:])
    return {
        "noisy": toy_run(folder, "noisy", "--members", "4", *options, frames=200),
        "bilinear": toy_run(folder, "bilinear", *options, frames=200),
        "short": toy_run(folder, "bilinear", "--metric", "crps", "--metric", "lag1", frames=20),
    }


@pytest.fixture
def verify(bench):
    def call(place, *options, code=0):
        return json.loads(bench("verify", place, "--json", *options, *PLUGIN_OPTIONS, code=code).stdout)

    return call


def test_there_is_a_path_for_every_metric_of_ours():
    assert set(CHECKS) == {info.name for info in downbench_metrics()}


@pytest.mark.parametrize("method", ["noisy", "bilinear"])
def test_every_difference_is_within_its_tolerance(verify, made, method):
    result = verify(made[method], "--frames", "5")
    assert result["ok"]
    assert result["frames"] == 5
    assert result["stored"]["ok"]
    assert result["sequences"] == {
        "sequence": "s0",
        "first": "2020-01-21T00:00:00",
        "frames": 40,
        "tiles": 1,
        "cells": [64, 64],
    }
    compared = {row["metric"] for row in result["rows"] if row["ok"]}
    assert compared == set(CHECKS) - (ENSEMBLES_ONLY if method == "bilinear" else set()) - {"warping"}
    unchecked = {row["metric"]: row["reason"] for row in result["rows"] if row["ok"] is None}
    assert "no independent path" in unchecked["deadly"]
    assert "only moves" in unchecked["warping"]  # the toy's truth; below, a truth that does not


@pytest.mark.parametrize("frames", [1, 2])
def test_any_number_of_frames(verify, made, frames):
    result = verify(made["noisy"], "--frames", str(frames))
    assert result["ok"]
    assert result["frames"] == frames
    assert result["sequences"]["frames"] == 40


def test_no_more_frames_than_there_are(verify, made):
    result = verify(made["short"], "--frames", "99")
    assert result["ok"]
    assert (result["frames"], result["asked"], result["sequences"]["frames"]) == (4, 99, 4)


@pytest.fixture(scope="module")
def subset():
    """Two tiles with a hole, of unequal areas, and all that the independent path asks for."""
    world = make_world(seed=5, members=3, steps=(40,), size=64)
    area, truth, members = world.grid.area, world.truth["s0"], world.members["s0"]
    windows = tuple((tile, y, x) for tile, corners in world.grid.windows.items() for y, x in corners)
    where = (8, 3.0, windows, world.grid.window_size)
    doubled = (field.astype(float) for field in (truth, members, world.coarse["s0"]))
    return world, fields.Subset(*doubled, area, *where)


@pytest.mark.parametrize("name", sorted(set(CHECKS) - {"quantiles"}))
def test_a_domain_of_unequal_cells(subset, name):
    world, content = subset
    metric = built_in_metrics()[name]
    statistics = world.score({name: metric})
    check = CHECKS[name]
    ours = engine_values(statistics, name, metric, check.often, True)
    theirs = check.work(content)
    size = check.scale(content) if check.scale else 0.0
    compared = [c for c in ours if c in theirs and not isinstance(ours[c], Null)]
    assert compared
    for component in compared:
        allowed = check.absolute + check.relative * max(abs(theirs[component]), size)
        assert abs(ours[component] - theirs[component]) <= allowed, component


def test_the_table(bench, made):
    printed = bench("verify", made["noisy"], *PLUGIN_OPTIONS).stdout
    assert "properscoring" in printed
    assert "statistics.zarr of these frames" in printed
    assert "BEYOND" not in printed


WIDE = {"quantiles", "quantile-ratios", "top", "tendency"}  # their tolerance is the width of bins


def test_a_wrong_value_is_found(verify, made, monkeypatch):
    """Were one side off by two per cent, each metric would say so."""
    for name, check in CHECKS.items():

        def wrong(subset, check=check, off=0.1 if name in WIDE else 0.02):
            return {c: (1 + off) * value + off / 50 for c, value in check.work(subset).items()}

        monkeypatch.setitem(CHECKS, name, check._replace(work=wrong))
    result = verify(made["noisy"], code=1)
    assert {row["metric"] for row in result["rows"] if row["ok"] is False} == set(CHECKS) - {"warping"}
    assert not result["ok"]


def test_predictions_that_were_changed_are_found(verify, made, tmp_path):
    shutil.copytree(made["noisy"].parents[5], tmp_path / "runs")
    place = tmp_path / "runs" / made["noisy"].relative_to(made["noisy"].parents[5])
    array = zarr.open_group(place.parents[1] / "predictions.zarr")["s0"]
    array[:] = np.asarray(array[:]) * np.float32(1.001)
    result = verify(place, code=1)
    assert result["stored"]["ok"] is False


def test_a_missing_package_is_said(verify, made, monkeypatch):
    monkeypatch.setitem(CHECKS, "psd", CHECKS["psd"]._replace(package="no_such_package"))
    [row] = [row for row in verify(made["noisy"])["rows"] if row["metric"] == "psd"]
    assert row["ok"] is None
    assert "no_such_package is not installed" in row["reason"]


@pytest.mark.parametrize("module", [ensemble, distribution, spatial, temporal, fields])
def test_the_independent_path_shares_no_code_with_scoring(module):
    tree = ast.parse(Path(module.__file__).read_text())
    imported = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    imported |= {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    ours = {name for name in imported if name.startswith("downbench")}
    allowed = {f"downbench.verification.{name}" for name in ("fields", "ensemble", "spatial")}
    assert ours <= allowed | {"downbench.contracts.dataset"}


def test_no_frames_is_a_mistake(bench, made):
    assert (
        "at least one frame"
        in bench("verify", made["noisy"], "--frames", "0", *PLUGIN_OPTIONS, code=2).stderr
    )
