"""Coarse frames laid out at fine times, and totals over cells and time."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from downbench import block_mean
from downbench.testing.rain import moving_rain
from downbench_methods.space_time.frames import PHASE, at_fine_times, keep_totals, sequence_at_fine_times

RANDOM = np.random.default_rng(5)


def test_fine_frames_see_their_coarse_one_and_those_around_it():
    rain = np.array([0.1, 0.3, 0.7], np.float32)[:, None, None]
    times = np.datetime64("2020-01-01", "ns") + np.arange(3) * np.timedelta64(3, "h")
    coarse = xr.Dataset({"precipitation": (("time", "y", "x"), rain)}, {"time": times})
    fine = np.datetime64("2019-12-31T23", "ns") + np.arange(6) * np.timedelta64(90, "m")
    out = at_fine_times(coarse, fine, 2, 1)
    np.testing.assert_allclose(out["precipitation"][:, 0, 0], [0.1, 0.1, 0.3, 0.3, 0.7, 0.7])
    before, after = out["precipitation_-1"][:, 0, 0], out["precipitation_+1"][:, 0, 0]
    np.testing.assert_allclose(before, np.log1p([1, 1, 1, 1, 3, 3]), rtol=1e-6)
    np.testing.assert_allclose(after, np.log1p([3, 3, 7, 7, 7, 7]), rtol=1e-6)
    np.testing.assert_allclose(out[PHASE][:, 0, 0], [-0.25, 0.25] * 3)
    np.testing.assert_array_equal(out["time"], fine)


@pytest.mark.parametrize("factor", [1, 3])
def test_a_sequence_keeps_its_truth(factor):
    scene = moving_rain(4, 1, time_factor=factor)
    laid = sequence_at_fine_times(scene, 1)
    assert laid.fine is scene.fine
    np.testing.assert_array_equal(laid.coarse["time"], scene.fine["time"])
    for name in (
        "precipitation_-1",
        "precipitation_+1",
    ):  # frames as long have a clip
        own = np.log1p(laid.coarse["precipitation"] / 0.1)
        assert np.allclose(laid.coarse[name], own, rtol=1e-5) == (factor == 1)
    total = laid.coarse["precipitation"].to_numpy()[::factor]
    np.testing.assert_array_equal(total, scene.coarse["precipitation"])


@pytest.mark.parametrize("area", [None, RANDOM.uniform(1, 2, (16, 24))])
def test_totals_are_kept_over_cells_and_time_and_frames_keep_their_shares(area):
    rain = RANDOM.gamma(0.3, 2.0, (2, 6, 16, 24)).astype(np.float32)
    rain[0, :3, :8, :8] = 0  # a coarse frame of a block that came out dry
    coarse = RANDOM.gamma(1.0, 2.0, (2, 2, 3)).astype(np.float32)
    coarse[1, 1, 1] = 0
    kept = keep_totals(rain, coarse, 8, area)
    held = block_mean(kept.reshape(2, 2, 3, 16, 24).mean(2), 8, area)
    np.testing.assert_allclose(held, np.broadcast_to(coarse, held.shape), rtol=1e-4, atol=1e-6)
    parts, before = (x.reshape(2, 2, 3, 16, 24)[1] for x in (kept, rain))
    some = before.sum(1) > 0
    share, own = (np.moveaxis(x, 1, -1)[some] for x in (parts, before))
    wet = share.sum(-1) > 0
    np.testing.assert_allclose(
        share[wet] / share[wet].sum(-1, keepdims=True), own[wet] / own[wet].sum(-1, keepdims=True), atol=1e-5
    )
