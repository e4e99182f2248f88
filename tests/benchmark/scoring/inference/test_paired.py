"""Paired differences: coverage of known differences, directions, p-values, and reasons for having none."""

from __future__ import annotations

import numpy as np
import pytest
from daily_scores import METRICS, daily
from scipy.stats import t as t_distribution
from scipy.stats import ttest_rel

from downbench import Null, UserError
from downbench.scoring.inference.classes import find_classes
from downbench.scoring.inference.intervals import bias_corrected, intervals, p_value, p_values
from downbench.scoring.inference.paired import (
    A_BETTER,
    B_BETTER,
    EQUAL,
    difference,
    differences,
    score_region,
)
from downbench.scoring.inference.persistence import covariance_lost


def pair(a, b, name="mean", **options):
    runs = [score_region(daily(values, **options), {name: METRICS[name]}, True) for values in (a, b)]
    return difference(*runs, METRICS[name], "")


def binomial_bounds(rate, trials):
    """What chance allows for a share of that rate, but for one case in a thousand."""
    return rate - 3.3 * np.sqrt(rate * (1 - rate) / trials), rate + 3.3 * np.sqrt(rate * (1 - rate) / trials)


@pytest.mark.parametrize(("name", "days", "expected"), [("mean", 24, -0.4), ("root", 60, -0.5)])
def test_intervals_cover_a_known_difference_at_their_nominal_rate(name, days, expected):
    rng = np.random.default_rng(7)
    trials, held = 250, 0
    for _ in range(trials):
        weather = rng.gamma(4, 1, days)  # shared, and larger than what the methods differ by
        if name == "mean":
            a, b = weather + rng.normal(0, 0.5, days), weather + 0.4 + rng.normal(0, 0.5, days)
        else:  # means 4 and 6.25, roots 2 and 2.5
            a, b = weather * rng.gamma(4, 0.25, days), weather * 6.25 / 4 * rng.gamma(4, 0.25, days)
        found = pair(a, b, name)
        held += found.low <= expected <= found.high
    low, high = binomial_bounds(0.95, trials)
    assert low <= held / trials <= high


def test_blocks_cover_persistent_differences_nearly_as_often():
    rng = np.random.default_rng(8)
    trials, held = 200, {1: 0, 6: 0}
    for _ in range(trials):
        noise = np.convolve(rng.normal(size=184), [1, 0.8, 0.5, 0.2], "valid")[:180]
        for block in held:
            found = pair(noise, np.zeros(180), block=block)
            held[block] += found.low <= 0 <= found.high
    assert held[1] / trials < 0.85  # single days would promise too much
    assert held[6] / trials > 0.88  # blocks of finite length stay a little narrow


def test_p_values_agree_with_the_paired_t_test():
    """Less what blocks of a single day may lose of the covariance, which the test takes for none."""
    rng = np.random.default_rng(9)
    for shift in (0.0, 0.1, 0.2, 0.4):
        a, b = rng.normal(size=(2, 80))
        found, statistic = pair(a, b + shift), ttest_rel(a, b + shift).statistic
        want = 2 * t_distribution.sf(abs(statistic) / covariance_lost(1), 79)
        assert found.p == pytest.approx(want, rel=0.35, abs=2e-4)


def test_p_values_of_the_same_are_uniform():
    rng = np.random.default_rng(10)
    p = np.array([pair(*rng.normal(size=(2, 30))).p for _ in range(250)])
    for level in (0.05, 0.2, 0.5):
        low, high = binomial_bounds(level, len(p))
        assert low <= np.mean(p < level) <= high


def test_an_interval_without_zero_has_a_small_p_value():
    rng = np.random.default_rng(11)
    for shift in np.linspace(0, 0.6, 40):
        value = 0.1 + shift - 0.3
        drawn = value + 0.1 * rng.standard_normal(400)
        low, high = bias_corrected(value, drawn, blocks=30)
        p = p_value(value, drawn, blocks=30)
        if abs(p - 0.05) > 0.01:  # quantiles are interpolated, counts are not
            assert (low > 0 or high < 0) == (p < 0.05)


def test_resamples_on_one_side_of_the_value_still_hold_it():
    rng = np.random.default_rng(12)
    low, high = bias_corrected(1.0, 1.5 + 0.1 * rng.standard_normal(400))
    assert low < 1.0 < high
    assert high - low == pytest.approx(2 * 1.96 * 0.1, rel=0.15)


def test_many_intervals_and_p_values_at_once_are_those_of_each_alone():
    rng = np.random.default_rng(16)
    values = np.array([0.0, 0.1, 1.0, 0.2, 0.3, 0.0])
    drawn = values[:, None] + 0.1 * rng.standard_normal((6, 400))
    drawn[2] += 0.4  # all on one side of the value
    drawn[3] = np.round(drawn[3], 1)  # ties
    drawn[4, :10] = np.nan  # few nulls
    drawn[5] = 0.0
    ends, p = intervals(values, drawn, 40, 3), p_values(values, drawn, 40, 3)
    for i, value in enumerate(values):
        finite = drawn[i, np.isfinite(drawn[i])]
        assert tuple(ends[i]) == bias_corrected(value, finite, blocks=40, block=3)
        assert p[i] == pytest.approx(p_value(value, finite, 40, 3), rel=1e-12)
    drawn[0, :30] = np.nan
    assert np.isnan(intervals(values, drawn, 40, 3)[0]).all()


def test_differences_to_one_run_are_those_of_each_pair():
    rng = np.random.default_rng(17)
    weather = rng.gamma(4, 1, 40)
    names = {name: METRICS[name] for name in ("mean", "zero")}
    runs = [score_region(daily(weather + rng.normal(s, 0.3, 40)), names, True) for s in (0, 0.1, -3)]
    for metric in names.values():
        together = differences(runs, runs[0], metric, "")
        assert together == [difference(run, runs[0], metric, "") for run in runs]


SHIFTED = np.random.default_rng(13).normal(3, 0.1, 40)
CASES = [
    ("mean", SHIFTED, SHIFTED + 1, A_BETTER, -1.0),
    ("mean", SHIFTED + 1, SHIFTED, B_BETTER, 1.0),
    ("root", SHIFTED + 1, SHIFTED, A_BETTER, None),
    ("root", SHIFTED, SHIFTED + 1, B_BETTER, None),
    ("zero", -SHIFTED, SHIFTED + 1, A_BETTER, -1.0),  # 3 from zero against 4
    ("zero", -SHIFTED - 1, SHIFTED, B_BETTER, 1.0),
    ("mean", SHIFTED, SHIFTED, EQUAL, 0.0),
]


@pytest.mark.parametrize(("name", "a", "b", "verdict", "value"), CASES)
def test_verdicts_know_what_is_better(name, a, b, verdict, value):
    found = pair(a, b, name)
    assert found.verdict == verdict
    assert found.low <= found.value <= found.high
    if value is not None:
        assert found.value == pytest.approx(value)


def test_weather_that_is_shared_drops_out():
    weather = np.random.default_rng(14).gamma(2, 5, 60)
    found = pair(weather, weather + 0.01 + 0.001 * np.sin(np.arange(60)))
    assert found.verdict == A_BETTER
    assert found.high - found.low < 0.002


def test_too_few_blocks_give_a_difference_without_an_interval():
    found = pair(np.arange(19.0), np.arange(19.0) + 1)
    assert found.value == -1
    assert (found.low, found.high, found.p, found.verdict) == (None, None, None, None)
    assert "19 resampling blocks, fewer than 20" in found.reason


def test_unfair_metrics_are_refused_at_unequal_numbers_of_members():
    a, b = (score_region(daily(SHIFTED, members=m), METRICS, True) for m in (4, 8))
    refused = difference(a, b, METRICS["unfair"], "")
    assert refused.value is None
    assert "here 4 and 8" in refused.reason
    assert difference(a, b, METRICS["mean"], "").verdict == EQUAL
    assert difference(a, a, METRICS["unfair"], "").verdict == EQUAL


def test_a_metric_that_cannot_be_resampled_has_differences_without_intervals_and_no_classes():
    class Ordered(type(METRICS["mean"])):
        no_interval = "on purpose"

    metric, values = Ordered(), np.arange(60.0)
    runs = [score_region(daily(v), {"mean": metric}, True) for v in (values, values + 1)]
    found = difference(*runs, metric, "")
    assert (found.value, found.low, found.p, found.verdict) == (-1, None, None, None)
    assert found.reason == "on purpose"
    assert find_classes(runs, metric, "") == {}


def test_a_null_value_is_named():
    class Never(type(METRICS["mean"])):
        name = "mean"

        def value(self, totals):
            return Null("on purpose")

    runs = [score_region(daily(SHIFTED), {"mean": metric}, True) for metric in (METRICS["mean"], Never())]
    found = difference(*runs, METRICS["mean"], "")
    assert found.value is None
    assert found.reason == "B has no value: on purpose"


def test_seasons_are_drawn_from_their_own_days():
    values = np.zeros(365)
    values[31 + 29 : 31 + 29 + 92] = 1  # 1 January on: March to May
    statistics = daily(values, start="2020-01-01T00:00:00")
    spring = score_region(statistics, {"mean": METRICS["mean"]}, True, season="MAM")
    assert spring.values["mean"][""] == 1
    assert (spring.drawn["mean"][""] == 1).all()
    assert spring.blocks == 92
    with pytest.raises(UserError, match="no season 'monsoon'"):
        score_region(statistics, {"mean": METRICS["mean"]}, True, season="monsoon")


def test_a_winter_in_two_parts_is_no_unbroken_stretch():
    statistics = daily(np.arange(365.0), block=80, start="2020-01-01T00:00:00")
    winter = score_region(statistics, {"mean": METRICS["mean"]}, True, season="DJF")
    assert "1 resampling blocks" in winter.no_interval
