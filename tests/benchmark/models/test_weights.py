"""Weights that travel: sampled without fitting, refused where they do not fit, and said so."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr
from folders import PLUGINS
from records import edit_record

from downbench.units import same_units

PLUGIN = PLUGINS / "portable.py"
Bench = Callable[..., Any]
BASE = [
    "run",
    "-d",
    "breeze",
    "--no-controls",
    "--metric",
    "crps",
    "--members",
    "3",
    "--json",
    "--plugin",
    PLUGIN,
]


@pytest.fixture
def outcome(bench: Bench) -> Callable[..., dict[str, Any]]:
    def call(*arguments: object, method: str = "batched") -> dict[str, Any]:
        [found] = json.loads(bench(*BASE, "-m", method, *arguments).stdout)["runs"]
        assert found["status"] == "finished", found["reason"]
        return found

    return call


@pytest.fixture
def refusal(bench: Bench) -> Callable[..., str]:
    def call(*arguments: object, method: str = "batched") -> str:
        return bench(*BASE, "-m", method, *arguments, code=2).stderr

    return call


def run_json(found: dict[str, Any]) -> dict[str, Any]:
    return json.loads((Path(found["directory"]) / "run.json").read_text())


def predictions(found: dict[str, Any]) -> np.ndarray:
    store = Path(found["directory"]).parents[1] / "predictions.zarr"
    return np.asarray(zarr.open_group(store, mode="r")["breeze"][:])


def test_the_same_ensemble_without_fitting_from_any_path(outcome, tmp_path, monkeypatch):
    fitted = outcome()
    monkeypatch.setenv("PORTABLE_NO_FIT", "1")
    fit = Path(fitted["directory"]).parents[3]
    shutil.copytree(fit / "model", tmp_path / "elsewhere" / "deep")
    given = outcome("--weights", tmp_path / "elsewhere" / "deep")
    np.testing.assert_array_equal(predictions(given), predictions(fitted))
    assert given["key"] != fitted["key"]
    for path in (fit, fit / "model", fitted["directory"], Path(fitted["directory"]).parents[1]):
        assert outcome("--weights", path)["directory"] == given["directory"]
    # a run that was given weights can hand them on
    assert outcome("--weights", given["directory"])["key"] == given["key"]
    shutil.rmtree(tmp_path / "elsewhere")
    assert outcome("--weights", f"batched={fit}")["key"] == given["key"]


def test_the_record_says_where_they_come_from(outcome, tmp_path):
    fitted = outcome("--seed", "4")
    fit = Path(fitted["directory"]).parents[3]
    run = run_json(outcome("--weights", fit))
    weights, original = run["method"]["weights"], run_json(fitted)
    assert original["method"]["weights"] is None
    assert weights["fit"] == original["keys"]["fit"]
    assert weights["seed"] == 4
    assert run["seed"] == 0
    assert weights["training"]["fingerprint"] == original["dataset"]["fingerprint"]
    assert weights["overlap"] == {"verdict": "none", "reason": "the same data, whose splits lie apart"}
    assert len(weights["digest"]) == 64
    assert run["cost"]["fit"]["wall_s"] is None
    assert "not fitted here" in run["cost"]["fit"]["memory_source"]
    assert weights["cost"]["wall_s"] == original["cost"]["fit"]["wall_s"]
    assert {"not fitted here", "overlap with training data: none"} <= set(run["method"]["tags"])
    assert str(tmp_path) not in json.dumps(run)
    assert str(tmp_path) not in (fit / "model" / "model.json").read_text()


def test_sampling_parameters_may_differ_and_share_the_weights(outcome):
    fit = Path(outcome()["directory"]).parents[3]
    one, two = (outcome("--weights", fit, "--set", f"batched.steps={n}") for n in (1, 2))
    assert Path(one["directory"]).parents[3] == Path(two["directory"]).parents[3]
    assert not np.array_equal(predictions(one), predictions(two))


def test_without_preset_the_configuration_is_that_of_the_weights(outcome, refusal):
    fit = Path(outcome("--preset", "small", "--set", "batched.smooth=false")["directory"]).parents[3]
    found = run_json(outcome("--weights", fit))["method"]
    assert (found["preset"], found["configuration"]) == ("small", {"scale": 2.0, "smooth": False, "steps": 1})
    message = refusal("--weights", fit, "--preset", "tiny")
    assert "scale (2.0 in the weights, 1.0 here), smooth (False in the weights, True here)" in message
    assert "scale (2.0 in the weights, 5.0 here)" in refusal("--weights", fit, "--set", "batched.scale=5")
    assert "smooth" not in refusal("--weights", fit, "--set", "batched.scale=5")


def test_refused_in_one_message(outcome, refusal, bench, tmp_path):
    fit = Path(outcome()["directory"]).parents[3]
    assert f"the weights in {fit} are of portable:batched, not of portable:frugal" in refusal(
        "--weights", fit, method="frugal"
    )
    message = refusal("--weights", fit, "--set", "breeze.wind=false")
    assert "were fitted with UGRD10m, topography, which breeze does not give" in message
    assert "for a factor of 8, breeze has a factor of 4" in refusal(
        "--weights", fit, "--set", "breeze.factor=4"
    )
    assert "UGRD10m is in 'km/h', the weights" in refusal("--weights", fit, "--set", "breeze.units=km/h")
    assert "nowhere does not exist" in refusal("--weights", "nowhere")
    (tmp_path / "empty").mkdir()
    assert "empty holds no fitted model" in refusal("--weights", "empty")
    assert f"name one: {fit}" in refusal("--weights", fit.parents[1])
    assert "did you mean" not in refusal("--weights", f"batchd={fit}")
    two = ["-m", "batched", "-m", "frugal", "--weights", fit]
    assert (
        "write --weights METHOD=DIR; the methods of this run: batched, frugal"
        in bench(*BASE, *two, code=2).stderr
    )


def test_units_in_another_spelling_and_fewer_needs_are_fine(outcome):
    fit = Path(outcome()["directory"]).parents[3]
    outcome("--weights", fit, "--set", "breeze.units=m s**-1")
    frugal = Path(outcome(method="frugal")["directory"]).parents[3]
    outcome("--weights", frugal, "--set", "breeze.wind=false", method="frugal")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("m/s", "m s-1", True),
        ("m s^-1", "m.s-1", True),
        ("kg m-2 s-1", "kg/m**2/s", True),
        ("K", "degC", False),
        ("m/s", "km/h", False),
        ("", "Pa", True),
        ("hours since 2000", "hours since 2001", False),
    ],
)
def test_units(one, other, same):
    assert same_units(one, other) is same
    assert same_units(other, one) is same


def test_damage_is_named(outcome, refusal, tmp_path):
    fit = Path(outcome()["directory"]).parents[3]
    for name, change, message in (
        ("mean.json", lambda p: p.write_text("9.5"), "mean.json is not the file that they were saved with"),
        ("mean.json", Path.unlink, "mean.json is missing"),
        ("model.json", lambda p: p.write_text("{"), "model.json is damaged"),
        ("model.json", lambda p: p.write_text("{}"), "model.json is damaged: it does not have the digest"),
        ("model.json", Path.unlink, "holds no fitted model"),
    ):
        copy = tmp_path / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(fit / "model", copy)
        change(copy / name)
        assert message in refusal("--weights", copy)


def test_a_run_directory_without_a_card_is_refused(outcome, refusal):
    fit = Path(outcome(method="frugal")["directory"]).parents[3]
    (fit / "model" / "model.json").unlink()
    assert "model.json is damaged: it cannot be read" in refusal("--weights", fit, method="frugal")


def test_overlap(outcome, bench):
    fit = Path(outcome()["directory"]).parents[3]

    def verdict(*arguments: object) -> dict[str, str]:
        return run_json(outcome("--weights", fit, *arguments))["method"]["weights"]["overlap"]

    # fitted on hours 0 to 25; with an offset, hours 28 + offset to 39 + offset are scored
    assert verdict("--set", "breeze.offset=5") == {"verdict": "none", "reason": "no time in common"}
    seen = bench(*BASE, "-m", "batched", "--weights", fit, "--set", "breeze.offset=-10", code=2)
    assert "the weights of batched have seen what they are scored on" in seen.stderr
    # a record of another name at the same times: nobody can tell
    edit_record(
        fit / "model" / "model.json", lambda card: card["dataset"].update(name="storm", label="storm")
    )
    assert verdict("--set", "breeze.offset=-9") == {
        "verdict": "unknown",
        "reason": "fitted on storm at times that are scored",
    }


def test_suite_file_takes_weights(outcome, bench, tmp_path):
    fitted = outcome()
    fit = Path(fitted["directory"]).parents[3]
    (tmp_path / "suite.yaml").write_text(
        f"datasets: [breeze]\nmethods: [plain, {{name: batched, weights: {fit}}}]\n"
        "members: 3\ncontrols: false\n"
    )
    arguments = ["run", "--suite", "suite.yaml", "--metric", "crps", "--json", "--plugin", PLUGIN]
    plain, batched = json.loads(bench(*arguments).stdout)["runs"]
    np.testing.assert_array_equal(predictions(batched), predictions(fitted))
    assert run_json(plain)["method"]["weights"] is None
    assert run_json(batched)["method"]["weights"]["fit"] == run_json(fitted)["keys"]["fit"]
