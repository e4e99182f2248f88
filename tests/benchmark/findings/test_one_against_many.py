"""One row against many: the common weather cancels, many comparisons demand more, nothing is made up."""

import numpy as np
import pytest

from downbench.findings.one_against_many import against, ordered, value_of
from downbench.findings.standings import Standings
from downbench.pipeline.metric_set import make_metrics
from downbench.scoring.inference.paired import Scored

CRPS = make_metrics(["crps"]).metrics["crps"]
BIAS = make_metrics(["bias"]).metrics["bias"]
EMD = make_metrics(["emd"]).metrics["emd"]
WEATHER = np.random.default_rng(0).normal(0, 1, 1000)


def scored(metric, value, noise=0.0, seed=1, members=8, no_interval=""):
    """Resampled values that share the weather; ``noise`` is what is the row's own."""
    drawn = value + WEATHER + noise * np.random.default_rng(seed).normal(0, 1, 1000)
    own = {} if no_interval else {metric.name: {metric.headline: drawn}}
    return Scored({metric.name: {metric.headline: value}}, own, members, 40, 2, 80, no_interval)


def test_the_common_weather_cancels_and_own_noise_does_not():
    rows = {
        0: scored(CRPS, 5.0),
        1: scored(CRPS, 5.5, 0.1, 2),
        2: scored(CRPS, 5.1, 1.0, 3),
        3: scored(CRPS, 4.5, 0.1, 4),
    }
    found = against(0, [1, 2, 3], rows, CRPS)
    assert (found.better, found.alike, found.behind) == ([1], [2], [3])
    assert found.differences[1].value == pytest.approx(-0.5)
    assert found.differences[1].high < 0 < found.differences[3].low
    assert ordered(rows, CRPS) == [3, 0, 2, 1]


def test_many_comparisons_demand_more_of_each():
    """A difference of 2.4 standard errors is one beyond 5 % alone, and not among twenty that say nothing."""
    rows = {0: scored(CRPS, 5.0), 1: scored(CRPS, 5.24, 0.1, 2)}
    rows |= {i: scored(CRPS, 5.0, 0.1, i) for i in range(2, 22)}
    alone, among = against(0, [1], rows, CRPS), against(0, list(range(1, 22)), rows, CRPS)
    assert alone.better == [1]
    assert 1 in among.alike
    assert among.differences[1] == alone.differences[1]


def test_a_table_says_the_same_from_resampled_values_alone():
    rows = {0: scored(CRPS, 5.0)} | {i: scored(CRPS, 5.0 + 0.06 * i, 0.1, i) for i in range(1, 12)}
    found = against(0, list(range(1, 12)), rows, CRPS)
    drawn = {("crps", CRPS.headline): {i: one.drawn["crps"][CRPS.headline] for i, one in rows.items()}}
    sizes = {i: value_of(one, CRPS) for i, one in rows.items()}
    first = rows[0]
    apart = Standings({}, drawn, first.blocks, first.block).told_apart(("crps", CRPS.headline), 0, sizes)
    assert [i for i in apart if not apart[i]] == found.alike
    assert [i for i in apart if apart[i]] == found.better
    assert 0 < len(found.better) < 11


def test_distance_from_zero_decides_where_zero_is_best():
    rows = {0: scored(BIAS, -0.1, no_interval="short"), 1: scored(BIAS, 0.3, no_interval="short")}
    found = against(0, [1], rows, BIAS)
    assert (found.better, found.behind) == ([1], [])
    assert found.differences[1].value == pytest.approx(-0.2)


def test_without_intervals_values_decide_and_equal_ones_are_alike():
    rows = {i: scored(CRPS, v, no_interval="short") for i, v in enumerate((5.0, 6.0, 5.0, 4.0))}
    found = against(0, [1, 2, 3], rows, CRPS)
    assert (found.better, found.alike, found.behind) == ([1], [2], [3])
    assert found.differences[1].low is None


def test_unequal_members_are_compared_in_fair_metrics_only():
    for metric, count in ((CRPS, 1), (EMD, 0)):
        rows = {0: scored(metric, 5.0, members=8), 1: scored(metric, 9.0, 0.1, members=16)}
        assert len(against(0, [1], rows, metric).differences) == count


def test_no_value_is_no_comparison():
    empty = Scored({}, {}, 8, 40, 2, 80, "")
    rows = {0: scored(CRPS, 5.0), 1: empty}
    assert against(0, [1], rows, CRPS).differences == {}
    assert against(1, [0], rows, CRPS) is None
    assert value_of(empty, CRPS) is value_of(None, CRPS) is None
    assert ordered(rows, CRPS) == [0, 1]
