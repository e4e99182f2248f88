"""``enscale-t``: a frame goes on from the one before, which is its own in sampling."""

from __future__ import annotations

import numpy as np
import torch
import xarray as xr
from sequences import make_sequence

from downbench import FieldSequence, FitContext, SampleContext, build_config
from downbench_methods.regression.enscale_t import EnScaleT, EnScaleTConfig, PastStages, with_past

SETTINGS = {
    "train_steps": 90,
    "batch": 6,
    "patch": 16,
    "width": 12,
    "members": 3,
    "lr": 1e-2,
    "ema": 0.9,
    "validate_every": 1000,
    "calibrate": 0,
    "noise_memory": 0,
}


def lasting_halves(tiles: int, seed: int, frames: int = 4) -> FieldSequence:
    """Rain of 4 mm/h on the left or the right half of each coarse cell, at random, where it stays."""
    left = np.random.default_rng(seed).random((tiles, 2, 2)) < 0.5
    cell = np.repeat([4.0, 0.0], 4)
    fine = np.where(left[..., None], cell, cell[::-1]).reshape(tiles, 2, 16).repeat(8, 1)
    return make_sequence(np.tile(fine.astype(np.float32), (frames, 1, 1, 1)))


def halves(z: np.ndarray) -> np.ndarray:
    """Left less right half of each coarse cell of (..., 16, 16)."""
    cells = z.reshape(*z.shape[:-2], 2, 8, 2, 2, 4).mean((-4, -1))
    return cells[..., 0] - cells[..., 1]


def test_a_stage_is_told_the_frame_before_on_its_own_grid():
    network = PastStages(EnScaleTConfig(width=8, blocks=1, noise_maps=1), 1, 4, None)
    seen = []
    for stage in network.networks:
        stage.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    past = torch.randn(2, 16, 16)
    for before in (past, None):
        noise = with_past(torch.zeros(2, network.noise_maps, 16, 16), before)
        network.stages(torch.zeros(2, 1, 4, 4), torch.zeros(2, 0, 16, 16), noise)
    means = past.view(2, 8, 2, 8, 2).mean((2, 4))
    torch.testing.assert_close(seen[0][:, 2:4], torch.stack([means, torch.ones_like(means)], 1))
    torch.testing.assert_close(seen[1][:, 2:4], torch.stack([past, torch.ones_like(past)], 1))
    assert all(not told[:, 2:4].any() for told in seen[2:])


def test_rain_stays_where_it_began(tmp_path):
    method = EnScaleT(build_config("toy", EnScaleT.Config, EnScaleT.presets, "smoke", SETTINGS))
    method.fit((lasting_halves(40, 0),), (lasting_halves(8, 1),), FitContext(seed=0, directory=tmp_path))
    unseen = lasting_halves(1, 2)
    parts = method.sample(unseen.coarse.isel(tile=0), unseen.static, 24, SampleContext(seed=0))
    x = halves(method.transform.forward(xr.concat(list(parts), "time").to_numpy()))  # (member, time, 2, 2)
    stays = np.sign(x[:, 1:-1]) == np.sign(x[:, 2:])
    assert stays.mean() > 0.9  # 0.5 where frames are drawn on their own
    assert 0.2 < np.mean(x[:, 1:] > 0) < 0.8  # on either half
