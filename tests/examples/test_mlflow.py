"""Finished and failed runs arrive in a local MLflow, once each; skipped where MLflow is not installed."""

from __future__ import annotations

import json
import sys

import pytest
from folders import ROOT, TOY

mlflow = pytest.importorskip(
    "mlflow", reason="mlflow-skinny is not installed: it does not go with importlib_metadata 10"
)
SOURCE = ROOT / "examples" / "downbench-mlflow" / "src"
ASK = ("-d", "toy", "--set", "toy.frames=20", "--members", "2", "--no-controls", "--metric", "mse")


@pytest.fixture
def store(tmp_path, monkeypatch):
    """A tracking server in a folder."""
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")  # which new releases ask for
    monkeypatch.setenv("MLFLOW_TRACKING_URI", (tmp_path / "mlruns").as_uri())
    monkeypatch.setattr(sys, "path", [str(SOURCE), *sys.path])
    return mlflow.tracking.MlflowClient((tmp_path / "mlruns").as_uri())


def runs_of(client):
    experiment = client.get_experiment_by_name("downbench")
    return client.search_runs([experiment.experiment_id])


def test_runs_arrive_with_parameters_scores_and_artifacts(bench, store, tmp_path):
    plugins = ("--plugin", TOY, "--plugin", copy(tmp_path))
    bench("run", "-m", "noisy", *ASK, *plugins)
    bench("run", "-m", "noisy", *ASK, *plugins)  # finished before: logged once
    bench("run", "-m", "broken", "--set", "broken.how=raise", *ASK, *plugins, code=1)
    done, failed = sorted(runs_of(store), key=lambda run: run.info.status != "FINISHED")
    [record] = (tmp_path / "runs").rglob("run.json")
    stored = json.loads(record.read_text())
    whole = next(s for s in stored["scores"] if s["region"] == s["season"] == "all")
    assert done.data.metrics["mse"] == whole["value"]
    assert done.data.params["members"] == "2"
    assert done.data.tags["downbench.key"] == stored["keys"]["score"]
    assert {file.path for file in store.list_artifacts(done.info.run_id)} == {"run.json", "scores.parquet"}
    assert failed.info.status == "FAILED"
    assert "on purpose" in failed.data.tags["downbench.reason"]


def copy(folder):
    """The hooks as a plug-in file, whose name is not that of the package."""
    file = folder / "hooks_of_mlflow.py"
    file.write_text((SOURCE / "downbench_mlflow" / "__init__.py").read_text())
    return file
