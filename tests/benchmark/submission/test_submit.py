"""Predictions that are handed in have the scores of the run that they come from, and are runs like others."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from submission_world import small_frames
from toy_runs import PLUGIN, toy_run

from downbench.cli.main import main
from downbench.errors import UserError
from downbench.findings.stored_run import open_run
from downbench.pipeline.metric_set import MetricSet
from downbench.plugins.session import configure
from downbench.scoring.ensemble import open_ensemble
from downbench.store.runs import each_run
from downbench.submission.declared import Declared
from downbench.submission.submit import submit

TOY = ("--dataset", "toy", *PLUGIN)
METRICS = ("--metric", "crps", "--metric", "psd", "--metric", "tendency")


def bench(*words: str | Path) -> int:
    code = main([str(word) for word in words])
    configure()
    return code


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run and its predictions as a NetCDF file made from the template."""
    folder = tmp_path_factory.mktemp("world")
    scored = toy_run(folder / "runs", "noisy", "--members", "3", *METRICS)
    assert bench("template", "--out", folder / "mine.nc", "--members", "3", *TOY) == 0
    own = open_ensemble(scored.parents[1] / "predictions.zarr", "s0")[...]
    data = xr.load_dataset(folder / "mine.nc")
    data["precipitation"] = data["precipitation"].copy(data=np.asarray(own))
    data.to_netcdf(folder / "mine.nc")
    return folder


@pytest.fixture(scope="module")
def submitted(world: Path) -> Path:
    """The score directory of these predictions, handed in."""
    (world / "mine.nc.yaml").write_text("name: mine\nlicence: CC0\nauthors: A. Author\ncost: 40 GPU hours\n")
    assert bench("submit", world / "mine.nc", "--runs", world / "runs", *METRICS, *TOY) == 0
    return next((world / "runs" / "toy" / "mine").rglob("run.json")).parent


def test_scores_are_those_of_the_run_to_the_last_digit(world: Path, submitted: Path) -> None:
    run = open_run(next((world / "runs" / "toy" / "noisy").rglob("run.json")).parent).record
    mine = open_run(submitted).record
    assert mine.scores == run.scores
    assert mine.curves == run.curves
    assert mine.method.probabilistic
    assert mine.cost.sample.wall_s is None, "reading a file is not what predictions cost"


def test_what_is_declared_is_on_record_and_marked(world: Path, submitted: Path) -> None:
    part = open_run(submitted).record.method.submission
    assert part is not None
    assert (part.licence, part.authors, part.cost) == ("CC0", ["A. Author"], "40 GPU hours")
    marks = {run.run["method"]["name"]: run.marks for run in each_run(world / "runs") if run.run}
    assert marks == {"mine": ("submitted", "declared"), "noisy": ()}


def test_the_same_file_is_not_scored_twice_and_a_changed_one_is_another_run(
    world: Path, submitted: Path, tmp_path: Path
) -> None:
    before = open_run(submitted).record
    again = ("--runs", world / "runs", *METRICS, *TOY)
    assert bench("submit", world / "mine.nc", "--licence", "CC-BY-4.0", *again) == 0
    after = open_run(submitted).record
    assert after.created == before.created
    assert after.method.submission is not None
    assert after.method.submission.licence == "CC-BY-4.0", "declared anew, not scored anew"
    changed = xr.load_dataset(world / "mine.nc")
    changed["precipitation"][0, 0, 0, 0, 0] += 1
    changed.to_netcdf(tmp_path / "mine.nc")
    assert bench("submit", tmp_path / "mine.nc", "--name", "mine", *again) == 0
    assert len(list((world / "runs" / "toy" / "mine").rglob("run.json"))) == 2


def test_samples_that_were_not_kept_come_from_the_file_as_long_as_it_is_the_same(
    world: Path, submitted: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "copy.nc"
    path.write_bytes((world / "mine.nc").read_bytes())
    options = ("--name", "other", "--keep", "none", "--runs", tmp_path / "runs", *METRICS, *TOY)
    assert bench("submit", path, *options) == 0
    scored = next((tmp_path / "runs").rglob("run.json")).parent
    assert open_run(scored).record.scores == open_run(submitted).record.scores
    assert bench("verify", scored, "--frames", "2", *PLUGIN) == 0
    path.write_bytes(b"another file")
    assert bench("score", scored, "--metric", "mse", *PLUGIN) == 2
    assert "is not what was submitted as other" in capsys.readouterr().err


def test_errors_are_refused_unless_they_are_accepted(
    world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = xr.load_dataset(world / "mine.nc").assign_attrs(downbench_fingerprint="of other data")
    data.to_netcdf(tmp_path / "other.nc")
    line = ("submit", tmp_path / "other.nc", "--name", "other", "--runs", tmp_path, *METRICS, *TOY)
    assert bench(*line) == 2
    told = capsys.readouterr().err
    assert "fingerprint: " in told
    assert "--accept fingerprint" in told
    assert bench(*line, "--accept", "fingerprint") == 0
    record = json.loads(next(tmp_path.rglob("run.json")).read_text())
    assert "fingerprint" in record["method"]["submission"]["findings"], "it stays on record"


def test_names_that_would_mislead_are_refused(world: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, said in (("noisy", "already"), ("../mine", "not allowed")):
        assert bench("submit", world / "mine.nc", "--name", name, *METRICS, *TOY) == 2
        assert said in capsys.readouterr().err


def test_an_archive_of_it_names_no_path_of_this_machine(submitted: Path, tmp_path: Path) -> None:
    assert bench("export", submitted, "--out", tmp_path) == 0
    assert bench("import", next(tmp_path.glob("*.zip")), "--runs", tmp_path / "runs") == 0
    [run] = each_run(tmp_path / "runs")
    assert run.marks == ("imported", "submitted", "declared")
    assert run.run is not None
    assert run.run["method"]["submission"]["path"] is None


def test_a_check_that_there_is_not_cannot_be_accepted(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no check 'flipped'"):
        submit(
            tmp_path / "mine.nc",
            small_frames(),
            MetricSet({}, {}),
            tmp_path,
            Declared(name="mine"),
            accept=["flipped"],
        )
