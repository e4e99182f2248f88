"""``bench score``: from statistics alone, from predictions for what is new, never by fitting."""

from __future__ import annotations

import errno
import json
import shutil
from pathlib import Path

import pytest
from records import edit_record
from store_files import write_xshield
from toy_runs import PLUGIN, toy_run

from downbench.contracts.method import Method
from downbench.findings import rescore
from downbench.pipeline import sample, write_scores


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A run of three metrics."""
    folder = tmp_path_factory.mktemp("made")
    toy_run(
        folder / "runs", "noisy", "--members", "3", "--metric", "crps", "--metric", "emd", "--metric", "lag1"
    )
    return folder / "runs"


@pytest.fixture
def place(made, tmp_path):
    """A copy of it, its score directory."""
    shutil.copytree(made, tmp_path / "runs")
    [run] = (tmp_path / "runs").rglob("run.json")
    return run.parent


def values(directory):
    content = json.loads((Path(directory) / "run.json").read_text())
    return {(s["metric"], s["component"], s["region"], s["season"]): s["value"] for s in content["scores"]}


def outcome(result):
    [found] = json.loads(result.stdout)["runs"]
    return found


def forbid(monkeypatch, *targets):
    def refuse(*_, **__):
        raise AssertionError("this must not be called")

    for owner, name in targets:
        monkeypatch.setattr(owner, name, refuse)


def test_statistics_alone_give_the_same_scores(bench, place, monkeypatch):
    before = values(place)
    shutil.rmtree(place.parents[1] / "predictions.zarr")
    shutil.rmtree(place.parents[3] / "model")
    forbid(monkeypatch, (Method, "fit"), (rescore, "add_up"), (rescore, "stream"), (rescore, "rebuild"))
    found = outcome(bench("score", place, "--json", *PLUGIN))
    assert found["read"] == "statistics"
    assert values(found["directory"]) == before
    for name in ("statistics.zarr", "scores.parquet", "examples.zarr"):
        assert (Path(found["directory"]) / name).exists()


@pytest.mark.parametrize("up", [0, 2, 4])
def test_score_sample_and_fit_directories_mean_the_same(bench, place, up):
    named = [place, *place.parents][up]
    found = outcome(bench("score", named, "--json", *PLUGIN))
    assert Path(found["source"]).resolve() == place.resolve()


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    """The same method, scored with the metric that the other run lacks."""
    return toy_run(tmp_path_factory.mktemp("fresh"), "noisy", "--members", "3", "--metric", "bias")


def test_a_new_metric_reads_the_kept_predictions(bench, place, fresh, monkeypatch):
    forbid(monkeypatch, (Method, "fit"), (sample, "load_model"))
    found = outcome(bench("score", place, "--metric", "bias", "--json", *PLUGIN))
    assert found["read"] == "predictions"
    new, old = values(found["directory"]), values(place)
    assert Path(found["directory"]).resolve() != place.resolve()
    assert {key: new[key] for key in old} == old
    assert new["bias", "", "all", "all"] == values(fresh)["bias", "", "all", "all"]
    again = outcome(bench("score", found["directory"], "--json", *PLUGIN))  # now it is in the statistics
    assert (again["read"], again["key"]) == ("statistics", found["key"])


def test_deleted_predictions_are_sampled_again_from_the_model(bench, place, monkeypatch):
    want = values(outcome(bench("score", place, "--metric", "bias", "--json", *PLUGIN))["directory"])
    predictions = place.parents[1] / "predictions.zarr"
    shutil.rmtree(predictions)
    for folder in place.parent.iterdir():
        if folder != place:
            shutil.rmtree(folder)
    forbid(monkeypatch, (Method, "fit"))
    result = bench("score", place, "--metric", "bias", "--json", *PLUGIN)
    assert "were not kept: 24 frames of 3 members are sampled again from its model, about" in result.stderr
    assert values(outcome(result)["directory"]) == want
    assert outcome(result)["read"] == "model"
    told = bench("score", place, "--metric", "bias", *PLUGIN).stdout
    assert f"({place}): sampled again from its model\n" in told
    assert not predictions.exists()  # nor are they stored this time
    assert not (place.parents[1] / "stretches").exists()


def test_a_metric_of_another_version_is_read_anew_when_named(bench, place):
    edit_record(place / "run.json", lambda run: run["metrics"]["crps"].update(version=0))
    refused = bench("score", place, *PLUGIN, code=2)
    assert "another version of crps" in refused.stderr
    assert "--metric crps" in refused.stderr
    found = outcome(bench("score", place, "--metric", "crps", "--json", *PLUGIN))
    assert found["read"] == "predictions"


def test_a_dataset_that_has_changed_is_refused(bench, place):
    edit_record(place / "run.json", lambda run: run["dataset"]["configuration"].update(holes=True))
    refused = bench("score", place, "--metric", "bias", *PLUGIN, code=2)
    assert "fingerprint" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_changed_method_cannot_sample_again(bench, place):
    edit_record(place / "run.json", lambda run: run["method"].update(version="source-0"))
    shutil.rmtree(place.parents[1] / "predictions.zarr")
    refused = bench("score", place, "--metric", "bias", *PLUGIN, code=2)
    assert "code has changed" in refused.stderr


def test_data_that_are_gone_are_asked_for(bench, place):
    edit_record(place / "run.json", lambda run: run.update(data_root="no/such/place"))
    refused = bench("score", place, "--metric", "bias", *PLUGIN, code=2)
    assert "--data-root" in refused.stderr


def test_mistakes_are_one_message(bench, place, tmp_path):
    assert "is not a run directory" in bench("score", tmp_path, code=2).stderr
    assert "there is no metric 'crsp'" in bench("score", place, "--metric", "crsp", *PLUGIN, code=2).stderr
    (place / "statistics.zarr" / "zarr.json").write_text("{")
    assert "statistics cannot be read" in bench("score", place, *PLUGIN, code=2).stderr


def test_a_killed_score_leaves_nothing_behind(bench, place, monkeypatch):
    monkeypatch.setattr(write_scores, "write_record", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    bench("score", place, "--metric", "bias", *PLUGIN, code=130)
    assert [folder.name for folder in place.parent.iterdir()] == [place.name]


def test_a_dataset_that_refuses_parameters_with_data_of_your_own(bench, tmp_path):
    """The stand-in's parameters stand in ``run.json`` by their defaults, but nobody set them."""
    root = write_xshield(tmp_path / "data")
    command = ("run", "-m", "bicubic", "-d", "xshield", "--data-root", root, "--no-controls", "--json")
    [made] = json.loads(bench(*command, "--metric", "crps").stdout)["runs"]
    assert made["status"] == "finished", made["reason"]
    found = outcome(bench("score", made["directory"], "--metric", "mse", "--json"))
    assert found["read"] == "predictions"
    assert json.loads(bench("verify", found["directory"], "--json").stdout)["ok"]


@pytest.mark.parametrize(
    ("number", "said"),
    [(errno.ENOSPC, "error: the disk is full"), (errno.EROFS, "error: the disk is read-only")],
)
def test_a_disk_that_takes_nothing_costs_no_score(bench, place, monkeypatch, number, said):
    """It fails in the middle of what is written; what stood there stands there still."""
    before = {path: path.read_bytes() for path in place.parents[6].rglob("*") if path.is_file()}

    def refuse(path, record):
        raise OSError(number, "no", str(path))

    monkeypatch.setattr(write_scores, "write_record", refuse)
    message = bench("score", place, "--metric", "mse", *PLUGIN, code=1).stderr
    assert message.startswith(said)
    assert len(message.splitlines()) == 1
    after = {path: path.read_bytes() for path in place.parents[6].rglob("*") if path.is_file()}
    assert {path for path in after if path.name != ".lock"} == {p for p in before if p.name != ".lock"}
    assert all(after[path] == content for path, content in before.items())
