"""``bench verify``: an independent path, and differences that it must find."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from io import StringIO

import numpy as np
import pytest
import zarr
from folders import PLUGINS
from rich.console import Console
from toy_runs import PLUGIN, toy_run

from downbench.cli.commands.verify import _differences
from downbench.verification import verify as frame
from downbench_metrics.oracles.checks import CHECKS

OTHERS = ("deadly.py", "checked.py")
PLUGIN_OPTIONS = (*PLUGIN, *(word for name in OTHERS for word in ("--plugin", str(PLUGINS / name))))
COMPARED = {*CHECKS, "heavy-area"}
ENSEMBLES_ONLY = {
    *("ranks", "coverage", "spread-skill", "reliability", "crps-reliability", "crps-resolution"),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """An ensemble and a deterministic run with holes in the rain, all metrics and two of somebody else's."""
    folder = tmp_path_factory.mktemp("made")
    metrics = [word for name in (*CHECKS, "deadly", "heavy-area") for word in ("--metric", name)]
    options = ("--set", "toy.holes=true", *metrics, *PLUGIN_OPTIONS[2:])
    return {
        "noisy": toy_run(folder, "noisy", "--members", "4", *options, frames=200),
        "bilinear": toy_run(folder, "bilinear", *options, frames=200),
        "twice": toy_run(folder, "noisy", "--metric", "heavy-area-twice", *PLUGIN_OPTIONS[2:]),
        "unable": toy_run(folder, "noisy", "--metric", "heavy-area-unable", *PLUGIN_OPTIONS[2:]),
        "short": toy_run(folder, "bilinear", "--metric", "crps", "--metric", "lag1", frames=20),
    }


@pytest.fixture
def verify(bench):
    def call(place, *options, code=0):
        return json.loads(bench("verify", place, "--json", *options, *PLUGIN_OPTIONS, code=code).stdout)

    return call


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
    assert compared == COMPARED - (ENSEMBLES_ONLY if method == "bilinear" else set())
    unchecked = {row["metric"]: row["reason"] for row in result["rows"] if row["ok"] is None}
    assert "no independent check" in unchecked["deadly"]


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


def test_the_table(bench, made):
    printed = bench("verify", made["noisy"], *PLUGIN_OPTIONS).stdout
    assert "properscoring" in printed
    assert "statistics.zarr of these frames" in printed
    assert "BEYOND" not in printed
    assert "Pysteps" not in printed


def test_a_difference_beyond_its_tolerance_is_spelled_out_in_80_columns():
    row = {"metric": "psd", "component": "all wavelengths", "ours": -32.577123, "theirs": 4.0062e-12}
    rows = [{**row, "difference": -7.5e-100, "tolerance": 4.1e-02, "ok": False}]
    console = Console(width=80, file=StringIO())
    console.print(_differences(rows))
    assert "BEYOND" in console.file.getvalue()


WIDE = {"quantiles", "quantile-ratios", "top", "tendency"}  # their tolerance is the width of bins


def test_a_wrong_value_is_found(verify, made, monkeypatch):
    """Were one side off by two per cent, each metric would say so."""
    right = frame.check_values

    def wrong(name, check, subset):
        values, scale = right(name, check, subset)
        off = 0.1 if name in WIDE else 0.02
        return {c: (1 + off) * value + off / 50 for c, value in values.items()}, scale

    monkeypatch.setattr(frame, "check_values", wrong)
    result = verify(made["noisy"], code=1)
    assert {row["metric"] for row in result["rows"] if row["ok"] is False} == COMPARED
    assert not result["ok"]


def test_predictions_that_were_changed_are_found(verify, made, tmp_path):
    shutil.copytree(made["noisy"].parents[5], tmp_path / "runs")
    place = tmp_path / "runs" / made["noisy"].relative_to(made["noisy"].parents[5])
    array = zarr.open_group(place.parents[1] / "predictions.zarr")["s0"]
    array[:] = np.asarray(array[:]) * np.float32(1.001)
    result = verify(place, code=1)
    assert result["stored"]["ok"] is False


def test_a_missing_package_is_said(verify, made, monkeypatch):
    monkeypatch.setitem(CHECKS, "psd", replace(CHECKS["psd"], package="no_such_package"))
    [row] = [row for row in verify(made["noisy"])["rows"] if row["metric"] == "psd"]
    assert row["ok"] is None
    assert "no_such_package is not installed" in row["reason"]


def test_a_check_of_somebody_else_that_is_not_met_is_beyond(verify, made):
    [row] = verify(made["twice"], code=1)["rows"]
    assert row["ok"] is False
    assert row["theirs"] == pytest.approx(2 * row["ours"] + 0.01)


def test_a_check_of_somebody_else_that_fails_is_named(bench, made):
    said = bench("verify", made["unable"], *PLUGIN_OPTIONS, code=1).stderr
    assert "the check of metric 'heavy-area-unable' failed" in said
    assert "nothing to divide by" in said


def test_no_frames_is_a_mistake(bench, made):
    assert (
        "at least one frame"
        in bench("verify", made["noisy"], "--frames", "0", *PLUGIN_OPTIONS, code=2).stderr
    )


def test_frames_that_were_not_kept_are_sampled_again(bench, made, tmp_path):
    """The same differences as those of kept samples, bit by bit."""
    fit = made["noisy"].parents[3]
    shutil.copytree(fit, tmp_path / "runs" / "toy" / "noisy" / fit.name)
    place = tmp_path / "runs" / "toy" / "noisy" / fit.name / made["noisy"].relative_to(fit)
    with_samples = bench("verify", place, "--json", *PLUGIN_OPTIONS)
    shutil.rmtree(place.parents[1] / "predictions.zarr")
    without = bench("verify", place, "--json", *PLUGIN_OPTIONS)
    assert "sampled again from its model" in without.stderr
    one, two = (json.loads(result.stdout) for result in (with_samples, without))
    assert one["rows"] == two["rows"]
    assert two["stored"]["difference"] == one["stored"]["difference"]
    assert two["ok"]
