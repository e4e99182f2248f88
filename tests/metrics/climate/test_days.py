"""Daily rain of sampled cells: which cells and days there are, and what verification sees of few."""

from __future__ import annotations

import numpy as np
import pytest
from daily_world import DailyWorld, hourly
from scoring_metrics import by_name

from downbench.scoring.inference.values import totals
from downbench_metrics.climate import few_days
from downbench_metrics.climate.days import days_of
from downbench_metrics.climate.indices import Rx1day

METRIC = by_name(Rx1day)


def whole(world, length=7):
    return totals(world.statistics(METRIC, length), "rx1day")


def test_rain_of_a_day_is_the_sum_of_its_frames_in_mm():
    rng = np.random.default_rng(1)
    truth, member = rng.random((2, 1, 40 * 8, 2, 2)).astype(np.float32)
    world = DailyWorld({"s": (hourly("2015-03-01", 320, 3), truth, member[None])}, hours=3)
    days = days_of(whole(world))
    for column, field in enumerate((truth, member)):
        want = 3 * field[0].reshape(40, 8, 4).astype(float).sum(axis=1)
        np.testing.assert_allclose(days.rain[:, :, column], want, rtol=1e-6)
    assert days.follows.tolist() == [False] + [True] * 39


def test_large_tiles_are_sampled_at_no_more_than_16_cells_along_an_edge():
    field = np.ones((1, 30, 40, 40), np.float32)
    world = DailyWorld({"s": (hourly("2015-03-01", 30), field, field[None])})
    assert days_of(whole(world)).rain.shape == (30, 14 * 14, 2)  # every third: 3 is odd, the factor is 2


def test_few_days_have_errors_for_verification_only():
    field = np.full((1, 5, 2, 2), 0.5, np.float32)
    world = DailyWorld({"s": (hourly("2015-03-01", 5), field, 2 * field[None])})
    assert Rx1day().value(whole(world))["signed"].reason == "no sampled cell has 30 whole days, only 5"
    assert few_days.rx1day(whole(world))["signed"] == pytest.approx(12)
