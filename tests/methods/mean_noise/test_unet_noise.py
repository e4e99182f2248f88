"""The control over a U-Net."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from sequences import shower_sequence

from downbench import FitContext, SampleContext, build_config
from downbench_methods.mean_noise.unet_noise import UNetNoise
from downbench_methods.ofdiff.ablations import UNetMean


@pytest.mark.parametrize("preset", ["smoke", "tiny", "small", "paper"])
def test_its_network_is_that_of_ofdiff_over_a_u_net(preset):
    ours, theirs = (build_config("toy", cls.Config, cls.presets, preset, {}) for cls in (UNetNoise, UNetMean))
    assert UNetNoise.parameters(ours, 12)["unet"] == UNetMean.parameters(theirs, 12)["unet"]


def test_at_tiny_it_has_the_prediction_s_batch():
    assert UNetNoise.presets["tiny"]["batch"] == UNetMean.presets["tiny"]["mean_batch"]


def test_it_learns_the_mean_and_draws_around_it(tmp_path):
    """Rain of a cell is that of its block times what hangs on where in the block the cell lies."""
    weights = np.tile(np.where(np.arange(8)[:, None] < 4, 0.4, 1.6) * np.ones(8), (4, 4)).astype(np.float32)
    base = shower_sequence(24, (32, 32), wet=1.0)
    coarse = np.repeat(np.repeat(base.coarse["precipitation"].to_numpy(), 8, -2), 8, -1)
    fine = base.fine.copy(data=(coarse * weights).astype(np.float32))
    data = type(base)(base.name, base.coarse, fine, base.static)
    plain = {"train_steps": 200, "batch": 8, "lr": 3e-3, "conserve": False, "calibrate": 0, "noise_memory": 0}
    method = UNetNoise(build_config("toy", UNetNoise.Config, UNetNoise.presets, "smoke", plain))
    method.fit((data,), (data,), FitContext(seed=0, directory=tmp_path))
    parts = method.sample(data.coarse.isel(tile=0), data.static, 8, SampleContext(seed=0, sequence="s"))
    made = xr.concat(list(parts), "time").transpose("member", "time", "y", "x").to_numpy()
    error = np.abs(made.mean(0) - fine.to_numpy()[:, 0]).mean()
    assert error < 0.5 * np.abs(coarse - fine.to_numpy()).mean()
    assert made.std(0).mean() > 0
