"""The script for a GPU, on the CPU at the sizes of ``smoke``: each part runs and can say no."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
import torch
from folders import ROOT
from python_runs import SPLITS, rain

from downbench_methods.ofdiff.sampling import TileSampler

sys.path.append(str(ROOT / "tests" / "device"))
import device_checks


@pytest.mark.filterwarnings("ignore")  # of tf32 without a GPU
def test_scores_are_those_of_the_cpu() -> None:
    result = device_checks.same("cpu")
    assert result["ok"]
    assert result["crps"] == result["crps on the cpu"]
    assert 0 < result["allowed"] < 0.01 * result["crps"]


def test_members_at_once_equal_members_one_by_one_and_are_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    result = device_checks.members("smoke", cells=32, count=2, steps=2)
    assert result["ratio"] == pytest.approx(result["one by one"] / result["batched"])
    assert result["ok"] == (result["ratio"] >= 3)
    sample = TileSampler.sample
    monkeypatch.setattr(TileSampler, "sample", lambda *a, **k: sample(*a, **k) + 0.1)
    with pytest.raises(AssertionError):
        device_checks.members("smoke", cells=32, count=2, steps=2)


def test_ways_of_working_agree_within_their_rounding() -> None:
    result = device_checks.bench_layouts.main("smoke", 32, 2, compiling=False)
    assert result["ok"]
    assert result["plain"]["deviation"] == 0
    assert 0 < result["bfloat16"]["deviation"] < device_checks.bench_layouts.BFLOAT16


def test_a_training_step_is_timed_and_its_loss_falls_on_one_clip() -> None:
    result = device_checks.paper("cpu", "smoke", patch=32, repeats=8)
    assert result["ok"]
    assert result["losses"][-1] < result["losses"][0]
    assert (result["peak MB"] is None) == (not torch.cuda.is_available())


def test_a_run_is_scored_and_a_part_that_fails_leaves_the_others_be(tmp_path: Path) -> None:
    file = tmp_path / "rain.nc"
    rain(8).to_dataset().to_netcdf(file)
    small = {"limit": 1, "metric": ["crps"], "settings": SPLITS}
    parts = {
        "broken": lambda: 1 / 0,
        "fits": lambda: device_checks.fits(file, tmp_path, "cpu", "smoke", None, ("bicubic",), **small),
    }
    results = device_checks.carry_out(parts, tmp_path / "out")
    written = json.loads((tmp_path / "out" / "device.json").read_text())
    assert not written["broken"]["ok"]
    assert "ZeroDivisionError" in written["broken"]["failed"]
    assert results["fits"]["failed"] == {}
    assert written["fits"]["bicubic"]["crps"] > 0
