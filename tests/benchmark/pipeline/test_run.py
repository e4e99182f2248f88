"""Stages: resumed after a kill, reused when finished, refused when the contract is broken."""

from __future__ import annotations

import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
import zarr
from folders import TOY

from downbench import SampleContext, block_mean, derive_seed, upsample

COMMAND = ["run", "-d", "toy", "--no-controls", "--members", "3", "--json", "--plugin", str(TOY)]
Run = Callable[..., Any]


@pytest.fixture
def run(bench: Callable[..., Any]) -> Run:
    def call(*arguments: str, method: str = "noisy", code: int = 0) -> Any:
        return bench(*COMMAND, "-m", method, *arguments, code=code)

    return call


def outcome(result: Any) -> dict[str, Any]:
    assert result.stdout, result.stderr
    [found] = json.loads(result.stdout)["runs"]
    return found


def scores(found: dict[str, Any]) -> dict[tuple[str, ...], float | None]:
    return {(s["metric"], s["component"], s["region"], s["season"]): s["value"] for s in found["scores"]}


def recorded_scores(folder: Path) -> dict[tuple[str, ...], float | None]:
    [record] = folder.rglob("run.json")
    return scores(json.loads(record.read_text()))


def test_resumes_after_kill_in_every_stage(strike: Callable[..., Any], tmp_path: Path) -> None:
    killed, untouched = tmp_path / "killed", tmp_path / "untouched"
    command = (*COMMAND, "-m", "killed")
    for folder in (killed, untouched):
        folder.mkdir()
    (untouched / "killed").touch()  # not killed while it samples
    statuses = [status for status, _ in strike(*[(str(killed), command, None)] * 4)]
    assert statuses == [-signal.SIGKILL] * 3 + [0]
    [attempts] = killed.rglob("model/attempts")
    assert attempts.read_text() == "3"  # the checkpoint directory outlived two kills
    sampled = [line.split() for line in (killed / "sampled").read_text().splitlines()]
    first_tile = [line for line in sampled if line[0] == "0"]
    assert len(first_tile) == 4  # 12 frames in slices of 3: the finished tile was not sampled again
    assert strike(*[(str(untouched), command, None)] * 3)[-1][0] == 0
    assert recorded_scores(killed) == recorded_scores(untouched)


def test_resuming_inside_a_tile_changes_nothing(run: Run, tmp_path: Path) -> None:
    whole = outcome(run())
    [predictions] = tmp_path.rglob("predictions.zarr")
    before = np.asarray(zarr.open_group(predictions)["s0"][:])
    # Turn the finished stage back into one that was killed after five frames of the second tile.
    sample = predictions.parent
    ledger = json.loads((predictions / "ledger.json").read_text())
    ledger["done"]["s0/1"] = 5
    (predictions / "ledger.json").write_text(json.dumps(ledger))
    zarr.open_group(predictions)["s0"][:, 5:, 1] = -1
    predictions.rename(sample / "partial.zarr")
    (sample / "sample.json").unlink()
    shutil.rmtree(sample / "scores")
    again = outcome(run())
    np.testing.assert_array_equal(np.asarray(zarr.open_group(predictions)["s0"][:]), before)
    assert scores(again) == scores(whole)


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("nan", "1 missing or infinite values where its input is valid"),
        ("short", "stopped after 9 of 12 frames"),
        ("order", "times out of order"),
        ("members", "yielded 1 members, 3 were asked for"),
        ("size", "8x64 cells where 64x64 were due"),
    ],
)
def test_a_broken_contract_is_named(run: Run, tmp_path: Path, how: str, message: str) -> None:
    result = run("--set", f"broken.how={how}", method="broken", code=1)
    assert message in outcome(result)["reason"]


def toy_test_split(**parameters: Any) -> tuple[Any, Any]:
    """The module ``toy`` and the test sequence of its dataset."""
    sys.path.insert(0, str(TOY.parent))
    toy = importlib.import_module("toy")
    return toy, toy.Toy(toy.ToyConfig(**parameters), None).open("test")[0]


def test_negative_rain_is_measured_then_clipped(run: Run, tmp_path: Path) -> None:
    found = outcome(run())
    content = json.loads((tmp_path / found["directory"] / "run.json").read_text())
    toy, test = toy_test_split()
    raw = []
    for tile in (0, 1):
        context = SampleContext(derive_seed("downbench", "toy:noisy", 0), "s0", tile, start=test.warmup)
        parts = toy.Noisy().sample(test.coarse.isel(tile=tile), xr.Dataset(), 3, context)
        raw.append(np.concatenate([part.to_numpy() for part in parts], axis=1))
    assert content["dataset"]["notes"] == ["perfect model (coarse = mean of fine)"]
    assert content["rain"]["negative_fraction"] == pytest.approx((np.stack(raw) < 0).mean())
    assert content["rain"]["minimum"] == pytest.approx(np.min(raw))
    [predictions] = tmp_path.rglob("predictions.zarr")
    stored = np.asarray(zarr.open_group(predictions)["s0"][:])
    np.testing.assert_array_equal(stored, np.maximum(np.stack(raw, axis=2), 0))


def test_missing_cells_reach_no_score(run: Run, tmp_path: Path) -> None:
    found = outcome(run("--set", "toy.holes=true"))
    assert found["status"] == "finished"
    [predictions] = tmp_path.rglob("predictions.zarr")
    values = np.asarray(zarr.open_group(predictions)["s0"][:])
    hole = np.zeros((2, 64, 64), bool)
    hole[0, :16, :24] = True  # whole coarse cells, though 9 x 17 fine ones are missing
    assert np.isnan(values[:, :, hole]).all()
    assert np.isfinite(values[:, 0, ~hole]).all()
    assert np.isnan(values[:, 9, 1]).all()  # one frame of tile 1 is missing altogether
    _, test = toy_test_split(holes=True)
    truth = test.fine.transpose("tile", "time", "y", "x").to_numpy()
    valid = np.isfinite(values).all(axis=0).swapaxes(0, 1) & np.isfinite(truth)
    m = values.swapaxes(1, 2).astype(float)[:, valid]
    pairs = sum(np.abs(a - b) for a in m for b in m) / (3 * 2)
    expected = (np.abs(m - truth[valid]).mean(axis=0) - pairs / 2).mean()
    assert valid.sum() == 12 * 2 * 64 * 64 - 12 * 16 * 24 - 64 * 64
    assert scores(found)["crps", "", "all", "all"] == pytest.approx(expected, rel=1e-5)


def test_deterministic_crps_is_the_mean_absolute_error(run: Run, tmp_path: Path) -> None:
    found = outcome(run(method="bilinear"))
    truth = toy_test_split()[1].fine.to_numpy()
    expected = np.abs(upsample(block_mean(truth, 8), 8) - truth).mean(dtype=np.float64)
    assert scores(found)["crps", "", "all", "all"] == pytest.approx(expected, rel=1e-5)


def test_members_and_limit_reuse_the_fit(run: Run, tmp_path: Path) -> None:
    run()
    run("--limit", "4")
    run("--members", "5")
    assert len(list(tmp_path.rglob("fit.json"))) == 1
    assert len(list(tmp_path.rglob("sample.json"))) == 3
    run("--seed", "1")
    assert len(list(tmp_path.rglob("fit.json"))) == 2


def test_a_metric_subset_reuses_the_ensemble(run: Run, tmp_path: Path) -> None:
    run()
    found = outcome(run("--metric", "crps"))
    assert {score["metric"] for score in found["scores"]} == {"crps"}
    assert len(list(tmp_path.rglob("sample.json"))) == 1
    assert len(list(tmp_path.rglob("run.json"))) == 2


@pytest.mark.parametrize("victim", ["fit.json", "sample.json", "run.json"])
@pytest.mark.parametrize("damage", ["truncated", "empty"])
def test_a_damaged_directory_is_set_aside_and_redone(
    run: Run, tmp_path: Path, victim: str, damage: str
) -> None:
    whole = outcome(run())
    [path] = tmp_path.rglob(victim)
    path.write_text(path.read_text()[:40] if damage == "truncated" else "")
    result = run()
    assert "is damaged" in result.stderr
    assert victim in result.stderr
    assert scores(outcome(result)) == scores(whole)
    assert list(tmp_path.rglob("*.damaged-1"))


def test_parquet_holds_the_same_scores(run: Run, tmp_path: Path) -> None:
    found = outcome(run())
    table = pd.read_parquet(tmp_path / found["directory"] / "scores.parquet")
    wanted = [
        "metric",
        "component",
        "region",
        "season",
        "value",
        "low",
        "high",
        "unit",
        "n",
        "n_eff",
        "members",
        "reason",
    ]
    assert set(wanted) <= set(table.columns)
    assert len(table) == len(found["scores"])


def test_interrupt_keeps_what_is_done(run: Run, tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "downbench.cli.main",
        "run",
        "-m",
        "noisy",  # of which as little is known as of the other, so that it goes first
        "-m",
        "broken",
        "-d",
        "toy",
    ]
    command += ["--no-controls", "--plugin", str(TOY), "--set", "broken.how=slow"]
    # a test run in the background of a shell ignores interrupts, and its children would too
    heed = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True, preexec_fn=heed)
    deadline = time.monotonic() + 120
    while not list(tmp_path.glob("runs/*/broken/*/fit.json")) and time.monotonic() < deadline:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted" in errors
    assert "Traceback" not in errors
    assert len(list(tmp_path.rglob("run.json"))) == 1


def test_a_full_disk_is_one_message(run: Run, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    if (
        os.geteuid()
        or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(small)]).returncode
    ):
        pytest.skip("needs the right to mount a small file system")
    try:
        result = run("--runs", str(small / "runs"), code=1)
        assert "the disk is full" in outcome(result)["reason"]
        assert "Traceback" not in result.stderr
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_conserving_is_off_where_coarse_rain_is_not_the_mean(run: Run, tmp_path: Path) -> None:
    method, biased = "quantile-delta-mapping", ("--set", "toy.bias=1.5", "--metric", "crps")
    configurations, marks = [], []
    for options in ((), biased, (*biased, "--set", f"{method}.conserve=true")):
        found = outcome(run(*options, method=method))
        content = json.loads((tmp_path / found["directory"] / "run.json").read_text())
        configurations.append(content["method"]["configuration"]["conserve"])
        marks.append(content["method"]["tags"])
    assert configurations == [True, False, True]
    [mark] = set(marks[2]) - set(marks[1])
    assert mark == "conserve true, although coarse rain is not the mean of the fine"
    assert marks[0] == marks[1]
    assert found["relation"] == content["dataset"]["notes"][0]
    _, test = toy_test_split()
    rmse = 0.5 * np.sqrt(np.square(test.coarse["precipitation"][test.warmup :]).mean())
    assert found["relation"].endswith(f"correlation 1.00, bias ratio 1.50, RMSE {float(rmse):.2f} mm/h")
    assert set(content["dataset"]["relation"]) == {"train", "validation", "test"}


def test_several_fine_frames_of_a_coarse_one(run: Run, tmp_path: Path) -> None:
    half_days = ("--set", "toy.time_factor=4")
    found = outcome(run(*half_days, method="nearest"))
    _, test = toy_test_split(time_factor=4)
    coarse = test.coarse["precipitation"][test.warmup :].to_numpy()
    [predictions] = tmp_path.rglob("predictions.zarr")
    stored = np.asarray(zarr.open_group(predictions)["s0"][0])
    np.testing.assert_array_equal(stored, upsample(coarse, 8, "nearest").repeat(4, axis=0))
    values = scores(found)
    assert values["mse", "", "all", "all"] == pytest.approx(
        np.square(stored - test.fine.to_numpy()).mean(), rel=1e-5
    )
    assert values["recoarsening", "", "all", "all"] is None
    assert found["relation"] == "perfect model (coarse = mean of fine)"
    limited = outcome(run(*half_days, "--limit", "5", method="bilinear"))
    assert json.loads((tmp_path / limited["directory"] / "run.json").read_text())["frames"]["n"] == 8
    refused = run(*half_days, method="noisy", code=2).stderr
    assert "noisy makes one fine frame of a coarse one, and toy asks for 4" in refused
    assert "its coarse frames last 12 h, its fine ones 3 h" in refused


def test_one_fit_serves_a_shift_track(run: Run, tmp_path: Path) -> None:
    own, shifted = json.loads(run("--shift", "later={set: {year: 2021}}").stdout)["runs"]
    records = [json.loads((tmp_path / one["directory"] / "run.json").read_text()) for one in (own, shifted)]
    assert records[0]["keys"]["fit"] == records[1]["keys"]["fit"]
    assert [record["frames"]["first"][:4] for record in records] == ["2020", "2021"]
    assert records[0]["track"] is None
    track = records[1]["track"]
    assert (track["name"], track["training"]["label"]) == ("later", "toy")
    assert track["training"]["fingerprint"] == records[0]["dataset"]["fingerprint"]
    assert track["overlap"] == {"verdict": "none", "reason": "no time in common"}
    assert shifted["label"] == "toy, track later: fitted on toy"
    values = scores(shifted)
    alone = outcome(run("--set", "toy.year=2021"))
    assert scores(alone) == values  # nothing is learnt, and noise is keyed by time
    assert alone["key"] != shifted["key"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("{}", "has the very data and splits that methods are fitted on"),
        ("{set: {frames: 59}}", "scored on what they have seen: fitted on s0 at times that are scored"),
        ("{set: {year: 2021, time_factor: 4}}", "has a time_factor of 4, toy one of 1"),
        ("{root: [}", "--shift"),
        ("", "is not 'NAME=DATA'"),
    ],
)
def test_a_track_that_makes_no_sense_is_refused(run: Run, data: str, message: str) -> None:
    assert message in run("--shift", f"track={data}", code=2).stderr


def test_controls_that_cannot_refine_time_leave_a_gap(bench: Callable[..., Any]) -> None:
    command = ["run", "-d", "toy", "--json", "--plugin", str(TOY), "-m", "nearest", "--metric", "mse"]
    runs = json.loads(bench(*command, "--set", "toy.time_factor=4").stdout)["runs"]
    by_method = {run["method"]: run for run in runs}
    assert by_method["nearest"]["status"] == by_method["bicubic"]["status"] == "finished"
    assert "quantile-mapping makes one fine frame" in by_method["quantile-mapping"]["reason"]


def test_a_network_of_a_size_that_cannot_be_made_is_a_failed_run(run: Run) -> None:
    """Its record says why, although nobody can count its parameters; other runs go on."""
    result = run("-m", "nearest", "--preset", "smoke", "--set", "unet.width=33", method="unet", code=1)
    found = {one["method"]: one for one in json.loads(result.stdout)["runs"]}
    assert "num_channels (33) must be divisible by num_groups" in found["unet"]["reason"]
    assert found["nearest"]["status"] == "finished"
    assert "Traceback" not in result.stderr
