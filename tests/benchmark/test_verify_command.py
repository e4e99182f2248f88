"""``bench verify``: an independent path, and differences that it must find."""

from __future__ import annotations

import ast
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import zarr
from toy_runs import PLUGIN, toy_run

from downbench.verification import fields, independent


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """An ensemble and a deterministic run with holes in the rain, all metrics that can be verified."""
    folder = tmp_path_factory.mktemp("made")
    metrics = [word for name in (*independent.CHECKS, "coverage") for word in ("--metric", name)]
    options = ("--set", "toy.holes=true", *metrics)
    return {
        "noisy": toy_run(folder, "noisy", "--members", "4", *options),
        "bilinear": toy_run(folder, "bilinear", *options),
    }


@pytest.fixture
def verify(bench):
    def call(place, *options, code=0):
        return json.loads(bench("verify", place, "--json", *options, *PLUGIN, code=code).stdout)

    return call


@pytest.mark.parametrize("method", ["noisy", "bilinear"])
def test_every_difference_is_within_its_tolerance(verify, made, method):
    result = verify(made[method], "--frames", "5")
    assert result["ok"]
    assert result["frames"] == 5
    assert result["stored"]["ok"]
    compared = {row["metric"] for row in result["rows"] if row["ok"]}
    assert compared >= set(independent.CHECKS) - ({"ranks"} if method == "bilinear" else set())
    unchecked = {row["metric"]: row["reason"] for row in result["rows"] if row["ok"] is None}
    assert "no independent path" in unchecked["coverage"]


@pytest.mark.parametrize("frames", [1, 2, 99])
def test_any_number_of_frames(verify, made, frames):
    result = verify(made["noisy"], "--frames", str(frames))
    assert result["ok"]
    assert result["frames"] == min(frames, 12)
    lag1 = [row["ours"] for row in result["rows"] if row["metric"] == "lag1"]
    assert all(value is None for value in lag1) == (frames == 1)


def test_the_table(bench, made):
    printed = bench("verify", made["noisy"], *PLUGIN).stdout
    assert "properscoring" in printed
    assert "statistics.zarr of these frames" in printed
    assert "BEYOND" not in printed


@pytest.mark.parametrize("name", sorted(independent.CHECKS))
def test_a_wrong_value_is_found(verify, made, monkeypatch, name):
    """Were one side off by two per cent, each metric would say so."""
    check = independent.CHECKS[name]

    def wrong(subset):
        return {component: 1.02 * value + 1e-4 for component, value in check.work(subset).items()}

    monkeypatch.setitem(independent.CHECKS, name, check._replace(work=wrong))
    result = verify(made["noisy"], code=1)
    assert name in {row["metric"] for row in result["rows"] if row["ok"] is False}
    assert not result["ok"]


def test_predictions_that_were_changed_are_found(verify, made, tmp_path):
    shutil.copytree(made["noisy"].parents[5], tmp_path / "runs")
    place = tmp_path / "runs" / made["noisy"].relative_to(made["noisy"].parents[5])
    array = zarr.open_group(place.parents[1] / "predictions.zarr")["s0"]
    array[:] = np.asarray(array[:]) * np.float32(1.001)
    result = verify(place, code=1)
    assert result["stored"]["ok"] is False


def test_a_missing_package_is_said(verify, made, monkeypatch):
    monkeypatch.setitem(
        independent.CHECKS, "psd", independent.CHECKS["psd"]._replace(package="no_such_package")
    )
    [row] = [row for row in verify(made["noisy"])["rows"] if row["metric"] == "psd"]
    assert row["ok"] is None
    assert "no_such_package is not installed" in row["reason"]


@pytest.mark.parametrize("module", [independent, fields])
def test_the_independent_path_shares_no_code_with_scoring(module):
    tree = ast.parse(Path(module.__file__).read_text())
    imported = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    imported |= {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    ours = {name for name in imported if name.startswith("downbench")}
    assert ours <= {"downbench.verification.fields", "downbench.contracts.dataset"}


def test_no_frames_is_a_mistake(bench, made):
    assert "at least one frame" in bench("verify", made["noisy"], "--frames", "0", *PLUGIN, code=2).stderr
