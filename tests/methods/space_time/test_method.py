"""``space-time-diffusion`` finds when rain falls within a coarse frame, and keeps what falls in all."""

from __future__ import annotations

import numpy as np
import xarray as xr
from sequences import make_sequence

from downbench import FieldSequence, FitContext, SampleContext, build_config
from downbench_methods.space_time.method import SpaceTimeDiffusion

QUICK = {"train_steps": 40, "batch": 4, "patch": 16, "lr": 1e-2, "ema": 0.9, "calibrate": 0, "warmup": 1}
HALF = np.timedelta64(30, "m")


def first_halves(frames: int, seed: int) -> FieldSequence:
    """Hours of rain (16 x 16 cells) that all falls in their first half."""
    rain = np.random.default_rng(seed).uniform(0.5, 3, (frames, 1, 1)).repeat(16, 1).repeat(16, 2)
    pulses = np.stack([2 * rain, 0 * rain], 1).reshape(-1, 16, 16).astype(np.float32)
    halves, hours = make_sequence(pulses), make_sequence(rain.astype(np.float32))
    times = hours.coarse["time"].to_numpy()
    fine = halves.fine.assign_coords(time=(times[:, None] - [HALF, 0 * HALF]).ravel())
    return FieldSequence("s", hours.coarse, fine, time_factor=2)


def test_rain_falls_when_it_fell_in_training_and_as_much_as_the_coarse_frame_has(tmp_path):
    config = build_config("toy", SpaceTimeDiffusion.Config, SpaceTimeDiffusion.presets, "smoke", QUICK)
    method = SpaceTimeDiffusion(config)
    context = FitContext(seed=0, directory=tmp_path, time_factor=2)
    method.fit((first_halves(24, 0),), (first_halves(8, 1),), context)
    unseen = first_halves(4, 2)
    there = SampleContext(seed=0, start=1, time_factor=2, step=HALF)
    parts = list(method.sample(unseen.coarse.isel(tile=0), unseen.static, 2, there))
    made = xr.concat(parts, "time")
    np.testing.assert_array_equal(made["time"], unseen.fine["time"][2:])
    rain, truth = made.to_numpy(), unseen.fine.to_numpy()[2:, 0]
    assert rain[:, ::2].sum() > 0.9 * rain.sum()
    totals = rain.reshape(2, 3, 2, 16, 16).mean((2, 3, 4))
    np.testing.assert_allclose(totals, np.tile(truth.reshape(3, -1).mean(1), (2, 1)), rtol=1e-4)
