"""Samples that follow from samples: after many frames they are what they were at first."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
import xarray as xr
from rollouts import drifting, drifts, folded, ratios
from sequences import shower_sequence

from downbench import FieldSequence, FitContext, SampleContext, build_config
from downbench_methods.ofdiff.configuration import PRESETS, OFDiffConfig
from downbench_methods.ofdiff.method import OFDiff
from downbench_methods.ofdiff.sampling import Rollout

FRAMES, TURN, TURNS = 6, 10, 6  # there and back takes twice the frames, less the two ends


def sequence(seed: int) -> FieldSequence:
    return shower_sequence(FRAMES, (32, 32), seed, wind=True, relief=True)


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> OFDiff:
    """Hardly trained, but each frame hangs on the sample before it."""
    folder: Path = tmp_path_factory.mktemp("rollout")
    method = OFDiff(build_config("ofdiff", OFDiffConfig, PRESETS, "smoke", {"history": "generated"}))
    method.fit((sequence(0),), (sequence(1),), FitContext(seed=2, directory=folder))
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        torch.nn.init.normal_(method.module.past_frames.head.weight, std=0.03)
        torch.nn.init.normal_(method.module.denoiser.head.weight, std=0.1)
    return method


def rolled(method: OFDiff) -> dict[str, np.ndarray]:
    """Measures of some turns there and back, over those of the truth."""
    data = sequence(3)
    coarse, truth = folded(data, TURN * TURNS)
    context = SampleContext(seed=0, sequence="s", tile=0)
    parts = list(method.sample(coarse, data.static.isel(tile=0), 1, context))
    return ratios(xr.concat(parts, "time").to_numpy(), truth)


def blurred(rain: np.ndarray, share: float) -> np.ndarray:
    """Rain with a share of its detail gone, as if it had been moved between cells too often."""
    around = [np.roll(rain, shift, axis) for axis in (-1, -2) for shift in (-1, 1)]
    return ((1 - share) * rain + share * sum(around) / 4).astype(rain.dtype)


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each frame has lost a little more detail than the one before it, and hands it on."""
    part = Rollout._part

    def losing(self: Rollout, frame: int, members: slice, noise: object) -> tuple[object, np.ndarray]:
        frames, rain = part(self, frame, members, noise)  # type: ignore[arg-type]
        return frames, blurred(rain, 0.4 * frame / (TURN * TURNS))

    monkeypatch.setattr(Rollout, "_part", losing)


def test_a_long_roll_out_does_not_drift(fitted: OFDiff) -> None:
    assert drifting(drifts(rolled(fitted), TURN)) == []


@pytest.mark.usefixtures("forgetful")
def test_a_planted_loss_of_detail_is_seen(fitted: OFDiff) -> None:
    assert "power, 2-4 cells" in drifting(drifts(rolled(fitted), TURN))


@pytest.mark.parametrize("name", ["mean", "wet fraction", "power, 2-4 cells"])
def test_each_measure_sees_a_drift_of_its_own_and_noise_is_none(name: str) -> None:
    random = np.random.default_rng(0)
    quiet = {one: random.normal(0, 0.1, 240) for one in ("mean", "wet fraction", "power, 2-4 cells")}
    assert drifting(drifts(quiet, 24)) == []
    assert drifting(drifts({**quiet, name: quiet[name] + np.linspace(0, 0.3, 240)}, 24)) == [name]


def test_a_folded_record_has_the_truth_of_its_coarse_fields() -> None:
    data = sequence(3)
    coarse, truth = folded(data, 2 * TURN)
    means = truth.reshape(2 * TURN, 4, 8, 4, 8).mean((2, 4))
    np.testing.assert_allclose(coarse["precipitation"].to_numpy(), means, rtol=1e-5)
    np.testing.assert_array_equal(truth[:TURN], truth[TURN:])
    assert len(np.unique(coarse["time"])) == 2 * TURN
