"""The yardsticks are the suite's own resampling, never below zero, whatever the length."""

from __future__ import annotations

import numpy as np
import pytest
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


def test_only_rain_is_asked_for():
    assert {cls().inputs() for cls in Interpolation.__subclasses__()} == {("precipitation",)}
