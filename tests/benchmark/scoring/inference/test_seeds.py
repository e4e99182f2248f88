"""Intervals over weather and seeds: wider than weather alone where seeds differ, equal where they do not."""

from __future__ import annotations

import numpy as np
import pytest

from downbench.scoring.inference.intervals import bias_corrected
from downbench.scoring.inference.seeds import interval_over_seeds


def runs(values, weather):
    return [(value, value + weather) for value in values]


def test_equal_seeds_leave_the_interval_of_the_weather():
    weather = 0.1 * np.random.default_rng(0).standard_normal(400)
    value, low, high = interval_over_seeds(runs([2.0] * 3, weather), runs([1.0] * 3, 0 * weather), 40, 5)
    assert value == pytest.approx(1)
    assert (low, high) == pytest.approx(bias_corrected(1.0, 1 + weather, blocks=40, block=5))


def test_three_seeds_that_differ_widen_it_by_their_standard_error():
    calm = np.zeros(20_000)
    _, low, high = interval_over_seeds(runs([0.9, 1.0, 1.1], calm), runs([0.0] * 3, calm), 10_000, 1)
    reach = (high - low) / 2
    assert reach == pytest.approx(1.96 * 1.05 * 0.1 / np.sqrt(3), rel=0.2)


def test_a_difference_smaller_than_the_seeds_is_not_a_difference():
    weather = 0.001 * np.random.default_rng(1).standard_normal(400)
    first, second = runs([0.8, 1.0, 1.3], weather), runs([0.9, 1.0, 1.1], weather)
    _, low, high = interval_over_seeds(first, second, 40, 5)
    assert low < 0 < high


def test_what_is_null_in_many_resamples_has_no_interval():
    drawn = np.where(np.arange(400) % 2, np.nan, 1.0)
    assert interval_over_seeds([(1.0, drawn)] * 2, [(1.0, drawn)] * 2, 40, 5) is None
