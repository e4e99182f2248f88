"""Splits in time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from downbench import UserError
from downbench_datasets.shared.splits import time_splits

HOUR = np.timedelta64(1, "h")


def test_a_year_follows_the_protocol():
    splits = time_splits(2920, 3 * HOUR, "a year")
    assert splits.train == (0, 2102)  # 72 %
    assert splits.test == (2336, 2920)  # the last 20 %
    assert splits.gap * 3 == 5 * 24
    assert splits.validation == (2102 + 40, 2336 - 40)


def test_few_days_have_six_hours_between_splits():
    splits = time_splits(72, HOUR, "three days")
    assert splits.gap == 6
    assert splits.test == (58, 72)
    assert splits.validation == (46, 52)  # 8 %, so train ends earlier
    assert splits.train == (0, 40)


@given(st.integers(5, 5000), st.sampled_from([5, 15, 60, 180, 1440]))
def test_splits_are_in_order_and_apart(frames, minutes):
    splits = time_splits(frames, np.timedelta64(minutes, "m"), "record")
    assert splits.train[0] == 0
    assert splits.test[1] == frames
    for first, last in (splits.train, splits.validation, splits.test):
        assert last > first
    assert splits.validation[0] - splits.train[1] == splits.gap
    assert splits.test[0] - splits.validation[1] == splits.gap
    assert splits.train[1] <= 0.72 * frames + 1e-9
    assert splits.test[0] == frames - max(1, round(0.2 * frames))
    assert splits.warmup("train") == 0
    assert splits.warmup("test") == min(16, splits.gap)


def test_too_few_frames():
    with pytest.raises(UserError, match="too few"):
        time_splits(4, HOUR, "four frames")


def test_unknown_split():
    with pytest.raises(UserError, match="no split 'tests'"):
        time_splits(50, HOUR, "record").frames("tests")
