"""Runs given away and taken in: the same scores, marked, and never mixed up with runs of one's own."""

import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from records import edit_record
from toy_runs import PLUGIN, toy_run

from downbench import UserError
from downbench.errors import DownbenchWarning
from downbench.exchange import export as module
from downbench.exchange.export import STEP, export_to
from downbench.exchange.importing import import_run
from downbench.findings.kept_scores import kept_scores
from downbench.findings.stored_run import open_run
from downbench.pipeline.metric_set import make_metrics
from downbench.store.record import RunRecord, read_record

METRICS = [word for name in ("crps", "emd", "lag1") for word in ("--metric", name)]


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """An ensemble on a record with intervals, and one on a record too short for them."""
    folder = tmp_path_factory.mktemp("own")
    return {
        "long": toy_run(folder, "noisy", "--members", "3", *METRICS, frames=1040),
        "short": toy_run(folder, "noisy", "--members", "3", *METRICS, frames=60),
    }


@pytest.fixture(params=["long", "short"])
def taken_in(request, runs, bench, tmp_path):
    """A run and its copy in another folder of runs, through an archive."""
    own = runs[request.param]
    [archive] = json.loads(bench("export", own, "--out", "out", "--json", *PLUGIN).stdout)["archives"]
    assert Path(archive).stat().st_size < 10**6
    [copy] = json.loads(bench("import", archive, "--runs", "theirs", "--json").stdout)["imported"]
    return own, tmp_path / copy["directory"], tmp_path / archive


def test_the_copy_has_the_record_without_paths_of_the_machine(taken_in):
    own, copy, _ = taken_in
    first, second = (read_record(folder / "run.json", RunRecord) for folder in (own, copy))
    assert first.origin is None
    assert second.origin.release == second.versions["downbench"]
    changed = {"files", "origin", "data_root"}
    assert first.model_dump(exclude=changed) == second.model_dump(exclude=changed)
    assert second.data_root is None
    pd.testing.assert_frame_equal(*(pd.read_parquet(folder / "scores.parquet") for folder in (own, copy)))


def test_a_folder_of_archives_is_taken_in_whole(taken_in, bench, tmp_path):
    _, copy, archive = taken_in
    assert open_run(copy.parents[6]).directory == copy, "runs of others are found from their folder too"
    fits = copy.parents[4]
    if (copy / "statistics.zarr").is_dir():
        bench("score", copy, *PLUGIN)
        assert [fit.name.partition("-")[0] for fit in fits.iterdir() if fit.is_dir()] == ["imported"]
    shutil.copy(archive, archive.with_name("again.bench.zip"))
    imported = json.loads(bench("import", archive.parent, "--runs", "others", "--json").stdout)["imported"]
    assert [one["new"] for one in imported] == [True, False], "both are one run"
    (tmp_path / "empty").mkdir()
    assert "empty holds no archive" in bench("import", "empty", code=2).stderr


def test_what_intervals_need_goes_along(taken_in):
    """Resampled values where there are intervals, else the statistics of the whole domain."""
    own, copy, _ = taken_in
    if (own / "resamples.parquet").is_file():
        a, b = (pd.read_parquet(folder / "resamples.parquet") for folder in (own, copy))
        assert list(a) == list(b)
        np.testing.assert_allclose(a, b, rtol=1e-7)  # single precision
        assert not (copy / "statistics.zarr").exists()
        return
    a, b = (open_run(folder).statistics for folder in (own, copy))
    assert b.regions == ("all",)
    for name, values in a.arrays.items():
        np.testing.assert_array_equal(values[:, :1], b.arrays[name])


def test_an_archive_that_would_be_too_large_keeps_less_and_says_so(runs, tmp_path, monkeypatch):
    """A short record has statistics in place of intervals; histograms of them are what is large."""
    run = open_run(runs["short"])
    whole = export_to(run, tmp_path / "whole.zip", "2020-01-01").stat().st_size
    monkeypatch.setattr(module, "LARGEST", whole - 1)
    with pytest.warns(DownbenchWarning, match="it keeps all scores, and less of what"):
        path = export_to(run, tmp_path / "less.zip", "2020-01-01")
    assert path.stat().st_size < whole
    copy = open_run(Path(import_run(path, tmp_path / "theirs").directory))
    assert copy.record.scores == run.record.scores
    with zipfile.ZipFile(path) as archive:
        assert "scores.parquet" not in archive.namelist()
    pd.testing.assert_frame_equal(*(pd.read_parquet(r.directory / "scores.parquet") for r in (run, copy)))
    assert {"crps"} <= set(copy.statistics.keys) < set(run.statistics.keys)
    monkeypatch.setattr(module, "LARGEST", 10)
    with (
        pytest.warns(DownbenchWarning),
        pytest.raises(UserError, match="more than 1e-05 MB"),
    ):
        export_to(run, tmp_path / "none.zip", "2020-01-01")
    assert not (tmp_path / "none.zip").exists()


def test_one_moment_goes_along_to_a_fiftieth_of_a_millimetre(taken_in):
    own, copy, _ = taken_in
    whole, moment = (xr.open_zarr(folder / "examples.zarr", consolidated=False) for folder in (own, copy))
    assert dict(moment.sizes) | {"member": 2, "time": 1} == dict(moment.sizes)
    there = whole.sel(time=moment["time"]).isel(member=slice(2))
    assert float(there["truth"].mean()) == float(whole["truth"].mean(("y", "x")).max())
    for name in ("coarse", "truth", "members"):
        np.testing.assert_allclose(moment[name], there[name].clip(0), atol=STEP / 2 + 1e-6)


def test_a_copy_is_scored_from_what_it_keeps(taken_in):
    """Where there are intervals, its tables are enough; where there are none, nothing is made up."""
    _, copy, _ = taken_in
    run = open_run(copy)
    metrics = make_metrics(list(run.record.metrics)).metrics
    scored = kept_scores(run, metrics)
    assert scored is not None
    row = next(r for r in run.record.scores if (r.metric, r.region, r.season) == ("crps", "all", "all"))
    assert scored.values["crps"][row.component] == row.value
    if not (copy / "resamples.parquet").is_file():
        assert (scored.drawn, scored.no_interval) == ({}, row.reason_interval)
        return
    low, high = np.quantile(scored.drawn["crps"][row.component], [0.025, 0.975])
    assert low < row.value < high


def test_imported_again_nothing_changes(taken_in, bench):
    _, copy, archive = taken_in
    before = (copy / "run.json").stat().st_mtime_ns
    assert "it stood there already" in bench("import", archive, "--runs", "theirs").stdout
    assert (copy / "run.json").stat().st_mtime_ns == before


def test_a_run_of_ones_own_is_made_all_the_same(bench, runs, tmp_path):
    """An imported run with the very keys that `bench run` would look for is not taken for its result."""
    bench("export", runs["short"], "--out", "out", *PLUGIN)
    bench("import", *Path("out").glob("*.zip"), "--runs", "theirs")
    made = toy_run(tmp_path / "theirs", "noisy", "--members", "3", *METRICS, frames=60)
    assert read_record(made / "run.json", RunRecord).origin is None
    assert (made.parents[3] / "fit.json").is_file()


def test_a_record_that_would_leave_the_folder_is_refused(bench, runs, tmp_path):
    """The names in a record become folders, so an archive whose record is edited must not be believed."""
    folder = tmp_path / "edited"
    shutil.copytree(runs["short"].parents[5], folder)
    [score] = folder.rglob(f"{runs['short'].name}")
    edit_record(score / "run.json", lambda run: run["dataset"].update(name="../../outside"))
    from downbench.exchange.archive import write_archive

    inner = tmp_path / "inner"
    inner.mkdir()
    for name in ("run.json", "scores.parquet"):
        shutil.copy(score / name, inner / name)
    write_archive(tmp_path / "x.zip", inner, "1", "2026")
    with pytest.raises(UserError, match="do not belong to it"):
        import_run(tmp_path / "x.zip", tmp_path / "theirs")
    assert not (tmp_path / "theirs").exists()


def test_a_damaged_run_is_not_exported(bench, runs, tmp_path):
    shutil.copytree(runs["short"].parents[5], tmp_path / "copy")
    [score] = (tmp_path / "copy").rglob(runs["short"].name)
    (score / "scores.parquet").write_bytes(b"x")
    assert "cannot be exported" in bench("export", score, *PLUGIN, code=2).stderr
    assert not list(tmp_path.rglob("*.zip"))


def test_a_copy_is_compared_like_the_run_itself(runs, bench, tmp_path):
    """Intervals of a run against a copy of another are those against the other, to single precision."""
    other = toy_run(tmp_path / "own", "bilinear", *METRICS, frames=1040)
    bench("export", runs["long"], "--out", "out", *PLUGIN)
    [copy] = json.loads(bench("import", *Path("out").glob("*.zip"), "--json").stdout)["imported"]
    whole, with_copy = (
        json.loads(bench("compare", other, one, "--json", *PLUGIN).stdout)
        for one in (runs["long"], copy["directory"])
    )
    for key in ("n", "n_eff", "block_hours", "no_interval", "classes"):
        assert whole[key] == with_copy[key]
    for a, b in zip(whole["differences"], with_copy["differences"], strict=True):
        assert {k: a[k] for k in ("metric", "component", "verdict")} == {
            k: b[k] for k in ("metric", "component", "verdict")
        }
        numbers = [[row[key] for key in ("difference", "low", "high")] for row in (a, b)]
        np.testing.assert_allclose(*np.array(numbers, float), rtol=1e-5, atol=1e-7)  # None becomes NaN
    error = bench("compare", copy["directory"], other, "--region", "west", *PLUGIN, code=2).stderr
    assert "came without all of its statistics" in error
