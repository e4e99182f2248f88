"""The command ``bench`` as a user meets it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from folders import TOY

Bench = Callable[..., Any]


def test_help_and_list_import_neither_torch_nor_numpy(tmp_path: Path) -> None:
    for arguments in (["--help"], ["list", "--json"]):
        command = [sys.executable, "-X", "importtime", "-m", "downbench.cli.main", *arguments]
        result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
        imported = {line.split("|")[-1].strip() for line in result.stderr.splitlines() if "|" in line}
        assert not imported & {"torch", "numpy", "xarray", "numba", "downbench_leaderboard.command"}


def test_list_json(bench: Bench, tmp_path: Path) -> None:
    rows = json.loads(bench("list", "--json").stdout)
    assert {row["kind"] for row in rows} == {"method", "metric", "dataset", "study"}
    assert all(set(row) == {"kind", "name", "title", "training", "distribution", "tags"} for row in rows)
    trained = {row["name"]: row["training"] for row in rows if row["kind"] == "method"}
    assert (trained["ofdiff"], trained["ofdiff-self-supervised"]) == ("pairs", "coarse only")
    assert re.search(r"^  prior-guided .* \[unpaired\]$", bench("list", "methods").stdout, re.MULTILINE)
    only = json.loads(bench("list", "datasets", "--json").stdout)
    assert {"xshield", "files"} <= {row["name"] for row in only}


def test_what_a_plugin_prints_stays_out_of_json(bench: Bench, tmp_path: Path) -> None:
    loud = tmp_path / "loud.py"
    loud.write_text("import os\nprint('loud')\nos.system('echo from a child')\nos.write(1, b'from C\\n')\n")
    result = bench("list", "--json", "--plugin", loud)
    # A plug-in file is loaded at start-up, before the command knows what is asked of it.
    json.loads(result.stdout)
    assert "loud" in result.stderr


def test_show(bench: Bench, tmp_path: Path) -> None:
    shown = json.loads(bench("show", "bicubic", "--json").stdout)
    assert shown["kind"] == "method"
    assert shown["probabilistic"] is False
    crps = json.loads(bench("show", "crps", "--json").stdout)
    assert {"definition", "unit", "direction", "range", "reference", "needs"} <= set(crps)
    assert "did you mean bicubic" in bench("show", "bicubc", code=2).stderr
    assert "is a path: `bench show` shows" in bench("show", "runs/xshield/ofdiff", code=2).stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-d", "toy"], "no method to run"),
        (["-m", "noisy"], "no dataset to run on"),
        (["-m", "nosy", "-d", "toy"], "did you mean noisy"),
        (["-m", "noisy", "-d", "toi"], "did you mean toy"),
        (["-m", "noisy", "-d", "toy", "--set", "noisy.x=1"], "noisy has no parameter 'x'"),
        (["-m", "noisy", "-d", "toy", "--set", "toy.frame=9"], "did you mean 'frames'"),
        (["-m", "noisy", "-d", "toy", "--set", "toy.frames=many"], "toy.frames: "),
        (["-m", "noisy", "-d", "toy", "--set", "frames=9"], "is not 'name.key=value'"),
        (["-m", "noisy", "-d", "toy", "--set", "other.frames=9"], "names no method or dataset"),
        (["-m", "noisy", "-d", "toy", "--members", "0"], "members: "),
        (["-m", "noisy", "-d", "toy", "--budget", "soon"], "is not a duration"),
        (["-m", "noisy", "-d", "toy", "--data-root", "nowhere"], "nowhere does not exist"),
        (["-m", "noisy", "-d", "toy", "--suite", "nowhere.yaml"], "suite nowhere.yaml does not exist"),
        (["-m", "far-past", "-d", "toy"], "looks 99 frames back"),
        (["-m", "noisy", "-d", "toy", "--metric", "crsp"], "did you mean crps"),
        (["-m", "bicubic", "-d", "toy", "--set", "bicubic.x=1"], "bicubic has no parameter 'x'"),
        (["-m", "noisy", "-d", "toy", "--set", "toy.frames={"], "--set 'toy.frames={': it is not YAML"),
        (["-m", "noisy", "-d", "toy", "--set", "toy.frames=.inf"], "'.inf' is not a finite number"),
        (["-m", "noisy", "-d", "toy", "--device", "tpu"], "device: Input should be 'auto', 'cpu' or 'cuda'"),
        (["-m", "bilinear", "-d", "toy", "--preset", "tpu"], "has no preset 'tpu'"),
        (["-m", "nearest", "-d", "toy", "--preset", "tpu", "--no-controls"], "nearest has no preset 'tpu'"),
        (["-m", "noisy", "-d", "toy", "--plugin"], "--plugin needs a file"),
    ],
)
def test_a_users_mistake_is_one_message(
    bench: Bench, tmp_path: Path, arguments: list[str], message: str
) -> None:
    result = bench("run", "--plugin", TOY, *arguments, code=2)
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "runs").exists()


def test_a_folder_that_cannot_be_written_to_is_told_once(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    words = ("-m", "bilinear", "-d", "toy", "--runs", tmp_path / "file" / "runs")
    result = bench("run", "--plugin", TOY, *words, code=2)
    assert result.stderr.count("no run can be written to") == 1
    assert "FAILED" not in result.stderr


def test_run_json_follows_its_schema(bench: Bench, tmp_path: Path) -> None:
    arguments = [
        "-m",
        "noisy",
        "-m",
        "bilinear",
        "-d",
        "toy",
        "--members",
        "4",
        "--limit",
        "5",
        "--no-controls",
    ]
    result = bench("run", *arguments, "--json", "--plugin", TOY)
    runs = json.loads(result.stdout)["runs"]
    assert [run["method"] for run in runs] == ["noisy", "bilinear"]
    for run in runs:
        assert {
            "method",
            "dataset",
            "variant",
            "status",
            "key",
            "directory",
            "reason",
            "role",
            "scores",
        } <= set(run)
        assert run["status"] == "finished"
        for score in run["scores"]:
            wanted = {
                "metric",
                "component",
                "region",
                "season",
                "value",
                "low",
                "high",
                "unit",
                "n",
                "members",
                "reason",
            }
            assert wanted <= set(score)
            assert (score["value"] is None) == (score["reason"] is not None)
    members = {run["method"]: {score["members"] for score in run["scores"]} for run in runs}
    assert members == {"noisy": {4}, "bilinear": {1}}


def test_controls_are_added_once_and_reused(bench: Bench, tmp_path: Path) -> None:
    arguments = ["-m", "noisy", "-d", "toy", "--limit", "3", "--preset", "smoke", "--json", "--plugin", TOY]
    first = json.loads(bench("run", *arguments).stdout)["runs"]
    assert {r["method"]: r["role"] for r in first} == {
        "nearest": "control",
        "bicubic": "control",
        "quantile-mapping": "control",
        "mean-noise": "control",
        "mean-spectrum-noise": "control",
        "noisy": "method",
    }
    stamps = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.json")}
    again = json.loads(bench("run", *arguments).stdout)["runs"]
    assert again == first
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.json")} == stamps


def test_suite_file(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "suite.yaml").write_text(
        "datasets: [{name: toy, set: {frames: 30}}]\n"
        "methods: [bilinear, {name: noisy, seeds: [0, 1]}]\n"
        "members: 3\ncontrols: false\n"
    )
    result = bench("run", "--suite", "suite.yaml", "--limit", "2", "--json", "--plugin", TOY)
    runs = json.loads(result.stdout)["runs"]
    assert [(run["method"], run["seed"]) for run in runs] == [("bilinear", 0), ("noisy", 0), ("noisy", 1)]
    noisy = [{(s["metric"], s["component"]): s["value"] for s in run["scores"]} for run in runs[1:]]
    assert noisy[0] != noisy[1]
    # names on the command line choose, and keep what the suite says of them
    chosen = ["-m", "noisy", "-m", "nearest", "-d", "toy", "--limit", "2", "--json", "--plugin", TOY]
    again = json.loads(bench("run", "--suite", "suite.yaml", *chosen).stdout)["runs"]
    assert [(run["method"], run["seed"]) for run in again] == [("noisy", 0), ("noisy", 1), ("nearest", 0)]
    assert [run["directory"] for run in again[:2]] == [run["directory"] for run in runs[1:]]
    (tmp_path / "bad.yaml").write_text("datasets: [toy]\nmethods: [bilinear]\nmember: 3\n")
    assert "member" in bench("run", "--suite", "bad.yaml", "--plugin", TOY, code=2).stderr


def test_a_failed_run_stops_no_other_and_is_not_cached(bench: Bench, tmp_path: Path) -> None:
    arguments = ["-m", "broken", "-m", "bilinear", "-d", "toy", "--no-controls", "--json", "--plugin", TOY]
    runs = json.loads(bench("run", *arguments, code=1).stdout)["runs"]
    assert [run["status"] for run in runs] == ["failed", "finished"]
    assert "ZeroDivisionError: on purpose" in runs[0]["reason"]
    failure = Path(runs[0]["directory"]) / "failed.json"
    assert (tmp_path / failure).is_file()
    again = bench("run", *arguments, code=1)
    assert json.loads(again.stdout)["runs"][0]["status"] == "failed"
    assert f"the full traceback is in {failure}; --debug prints it" in again.stderr
    assert "Traceback" not in again.stderr
    assert "Traceback (most recent call last)" in bench("run", *arguments, "--debug", code=1).stderr


def test_doctor(bench: Bench, tmp_path: Path) -> None:
    report = json.loads(bench("doctor", "--json").stdout)
    assert report["broken_plugins"] == []
    assert any(plugin["distribution"] == "downbench" for plugin in report["plugins"])
    bench("run", "-m", "bilinear", "-d", "toy", "--no-controls", "--limit", "1", "--plugin", TOY)
    [run] = (tmp_path / "runs").rglob("run.json")
    run.write_text("{")
    report = json.loads(bench("doctor", "--json", code=1).stdout)
    assert "run.json is damaged" in report["damaged_runs"][0]["reason"]
