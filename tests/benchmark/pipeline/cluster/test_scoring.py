"""Scoring on a cluster: the scores of one process, also when a worker dies; else one clear message."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
import xarray as xr
from folders import PLUGINS

from downbench.pipeline.cluster.scoring import halves_of
from downbench.scoring.reading import ChunkTask, chunk_length

COMMAND = ["run", "-d", "toy", "-m", "noisy", "--no-controls", "--members", "3", "--json"]
COMMAND += ["--plugin", PLUGINS / "toy.py", "--set", "toy.frames=200", "--set", "toy.holes=true"]
METRICS = [part for name in ("deadly", "crps", "quantiles", "psd", "lag1") for part in ("--metric", name)]


def scores(result):
    [found] = json.loads(result.stdout)["runs"]
    assert found["status"] == "finished", found["reason"]
    return {(s["metric"], s["component"], s["region"], s["season"]): s for s in found["scores"]}


def test_same_scores_though_a_worker_dies(bench, tmp_path, monkeypatch):
    """Plug-in files, settings and a region of the user's reach the workers, as do many small chunks."""
    from distributed import LocalCluster

    flag = tmp_path / "died"
    monkeypatch.setenv("DEADLY_FLAG", str(flag))
    monkeypatch.setattr("downbench.scoring.reading.CHUNK_VALUES", 3 * 64 * 64 * 4)
    mask = np.zeros((2, 64, 64), "i1")
    mask[1, 16:40, 8:50] = 1
    xr.Dataset({"mask": (("tile", "y", "x"), mask)}).to_netcdf(tmp_path / "mask.nc")
    command = [*COMMAND, *METRICS, "--plugin", PLUGINS / "deadly.py", "--region", "here=mask.nc"]
    local = scores(bench(*command))
    assert not flag.exists()
    [folder] = tmp_path.rglob("samples")
    shutil.rmtree(folder)
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        address = cluster.scheduler_address
        there = ["--engine", "dask", "--scheduler", address]
        shared = scores(bench(*command, "--keep", "none", *there))
    assert flag.exists()
    assert not list(tmp_path.rglob("predictions.zarr"))
    assert shared.keys() == local.keys()
    for key, want in local.items():
        got = shared[key]
        assert (got["n"], got["n_eff"], got["reason"]) == (want["n"], want["n_eff"], want["reason"])
        for name in ("value", "low", "high"):
            assert got[name] == (None if want[name] is None else pytest.approx(want[name], rel=1e-9)), key
    assert shared["deadly", "", "here", "all"]["value"] > 0


def test_scores_of_a_finished_run_on_a_cluster(bench, tmp_path):
    """A new metric reads the predictions there; what statistics tell needs no cluster."""
    from distributed import LocalCluster

    plugin = ("--plugin", PLUGINS / "toy.py")
    [run] = json.loads(bench(*COMMAND, "--metric", "crps").stdout)["runs"]
    command = ["score", run["directory"], "--json", *plugin]
    local = bench(*command, "--metric", "spells", "--metric", "mse")
    [folder] = [json.loads(local.stdout)["runs"][0]["directory"]]
    shutil.rmtree(folder)
    with LocalCluster(n_workers=1, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        there = ["--engine", "dask", "--scheduler", cluster.scheduler_address]
        shared = bench(*command, "--metric", "spells", "--metric", "mse", *there)
    one, two = (json.loads(result.stdout)["runs"][0] for result in (local, shared))
    assert two["read"] == "predictions"
    assert [row["metric"] for row in two["scores"]] == [row["metric"] for row in one["scores"]]
    assert [row["value"] for row in two["scores"]] == pytest.approx([row["value"] for row in one["scores"]])
    assert "go together" in bench(*command, "--engine", "dask", code=2).stderr
    assert "'spark' is not an engine" in bench(*command, "--engine", "spark", code=2).stderr


def test_chunks_are_twice_as_long_as_metrics_look_back():
    """As far as memory allows, so that hardly any frame is read more than twice."""
    frame = 384 * 384
    assert chunk_length(8 * frame, 0) == 7
    assert chunk_length(8 * frame, 16) == 32
    assert chunk_length(32 * frame, 16) == 14
    assert chunk_length(8 * 64 * 64, 16) == 256
    assert chunk_length(10**9, 16) == 1


def test_halves_of_a_task_are_all_of_it():
    chunks = tuple(ChunkTask(0, tile, 0, 5) for tile in range(3))
    assert sum(halves_of(chunks), ()) == chunks
    assert halves_of(chunks[:1]) == ((ChunkTask(0, 0, 0, 2),), (ChunkTask(0, 0, 2, 5),))
    assert halves_of((ChunkTask(0, 0, 4, 5),)) == ()
