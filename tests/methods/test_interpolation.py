"""The yardsticks are the suite's own resampling, never below zero, whatever the length."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from sequences import make_sequence

from downbench import SampleContext, upsample
from downbench_methods.interpolation import FRAMES_AT_ONCE, Bicubic, Bilinear, Interpolation, Nearest


def sampled(method, fine, **context):
    data = make_sequence(fine)
    coarse = data.coarse.isel(tile=0)
    parts = list(method().sample(coarse, data.static, 5, SampleContext(0, **context)))
    return (
        np.concatenate([part.to_numpy() for part in parts], axis=1),
        coarse["precipitation"].to_numpy(),
        parts,
    )


@pytest.mark.parametrize("method", [Nearest, Bilinear, Bicubic])
def test_one_member_that_is_the_interpolated_rain(method):
    fine = np.random.default_rng(0).gamma(0.3, 3, (3, 32, 40)).astype(np.float32)
    got, coarse, _ = sampled(method, fine)
    np.testing.assert_array_equal(got, np.maximum(upsample(coarse, 8, method.kind), 0)[None])


def test_cubic_convolution_would_be_negative_beside_heavy_rain():
    fine = np.zeros((1, 40, 40), np.float32)
    fine[0, 16:24, 16:24] = 50
    got, coarse, _ = sampled(Bicubic, fine)
    assert upsample(coarse, 8, "bicubic").min() < -1
    assert got.min() == 0
    assert got.max() > 45


def test_long_sequences_come_in_parts_from_the_start_that_is_asked_for():
    fine = np.random.default_rng(0).gamma(0.3, 3, (FRAMES_AT_ONCE + 5, 8, 8)).astype(np.float32)
    whole, _, parts = sampled(Nearest, fine)
    assert [part.sizes["time"] for part in parts] == [FRAMES_AT_ONCE, 5]
    later, _, _ = sampled(Nearest, fine, start=3)
    np.testing.assert_array_equal(later, whole[:, 3:])


def in_time(method, days, factor, **context):
    """Fine rain and times of a method from coarse rain (days, y, x)."""
    times = np.datetime64("2020-01-01", "ns") + np.arange(1, len(days) + 1) * np.timedelta64(1, "D")
    coarse = xr.Dataset({"precipitation": (("time", "y", "x"), days)}, {"time": times})
    step = np.timedelta64(24 // factor, "h")
    asked = SampleContext(0, factor=8, time_factor=factor, step=step, **context)
    parts = list(method().sample(coarse, xr.Dataset(), 1, asked))
    return xr.concat(parts, "time").squeeze("member"), times


@pytest.mark.parametrize("method", [Nearest, Bilinear, Bicubic])
def test_a_day_becomes_hours_that_end_with_it(method):
    days = np.random.default_rng(0).gamma(0.3, 3, (FRAMES_AT_ONCE // 8 + 5, 2, 3)).astype(np.float32)
    got, times = in_time(method, days, 8)
    assert got.sizes["time"] == 8 * len(days)
    np.testing.assert_array_equal(got["time"][7::8], times)
    assert np.unique(np.diff(got["time"])) == np.timedelta64(3, "h")
    later, _ = in_time(method, days, 8, start=3)
    np.testing.assert_array_equal(later, got[24:])
    if method is not Bilinear:
        np.testing.assert_array_equal(got[::8], got[7::8])


def test_rain_between_the_middles_of_days_is_that_of_numpy():
    days = np.random.default_rng(0).gamma(0.3, 3, (20, 2, 3)).astype(np.float32)
    got, _ = in_time(Bilinear, days, 4)
    middles, places = np.arange(20) + 0.5, (np.arange(80) + 0.5) / 4
    cell = np.interp(places, middles, days[:, 1, 2])
    np.testing.assert_allclose(got[:, -1, -1], cell, rtol=1e-5, atol=1e-6)
    days[7, 0, 0] = np.nan
    holed, _ = in_time(Bilinear, days, 4)
    assert np.isnan(holed[28:32, :8, :8]).all()
    assert int(np.isnan(holed).sum()) == 4 * 64


def test_only_rain_is_asked_for():
    assert {cls().inputs() for cls in Interpolation.__subclasses__()} == {("precipitation",)}
