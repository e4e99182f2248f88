"""Classes of methods that cannot be told apart."""

from __future__ import annotations

import numpy as np
import pytest
from daily_scores import METRICS, daily

from downbench.scoring.inference.classes import MOST_CLASSES, anchored, find_classes, holm
from downbench.scoring.inference.paired import difference, difference_p_values, score_region

MEAN = METRICS["mean"]


def score(values, name="mean"):
    return score_region(daily(values), {name: METRICS[name]}, True)


def told_apart(rule):
    """P-values of a leader and others, far from or at 1."""
    return lambda leader, others: np.array([1e-9 if rule(leader, i) else np.nan for i in others])


def test_holm_by_hand():
    np.testing.assert_allclose(holm(np.array([0.01, 0.04, 0.03])), [0.03, 0.06, 0.06])
    np.testing.assert_allclose(holm(np.array([0.6, 0.5])), [1, 1])
    np.testing.assert_allclose(holm(np.array([0.01, np.nan]), family=5), [0.05, 1])


def test_a_leader_is_compared_with_what_is_left_and_nobody_else():
    """So the work grows with the runs, not with their pairs."""
    asked = []

    def p_values(leader, others):
        asked.append(len(others))
        return np.array([1e-12 if i % 2 != leader % 2 else 1.0 for i in others])

    places = anchored(range(100), p_values)
    assert asked == [99, 49]
    assert {place[0] for place in places.values()} == {0, 1}
    assert (
        len({rank for rank, _ in anchored(range(100), told_apart(lambda *_: True)).values()}) == MOST_CLASSES
    )


def test_p_values_at_once_are_those_of_each_pair():
    rng = np.random.default_rng(5)
    weather = rng.gamma(4, 1, 40)
    runs = [score(weather + rng.normal(shift, 0.3, 40), "zero") for shift in (0, 0, 0.05, 0.3, 3)]
    runs.append(score(weather, "zero"))
    metric = METRICS["zero"]
    for leader in runs:
        single = [difference(leader, other, metric, "").p for other in runs]
        together = difference_p_values(leader, runs, metric, "")
        np.testing.assert_allclose(together, np.array(single, float), rtol=1e-9)


def test_classes_are_anchored_at_their_leaders():
    """A chain of small steps: 0-1 and 1-2 and 2-3 look alike, 0-2 and 1-3 do not."""
    assert anchored([0, 1, 2, 3], told_apart(lambda i, j: j - i > 1)) == {
        0: (0, 0),
        1: (0, 0),
        2: (1, 2),
        3: (1, 2),
    }


def test_a_noisy_method_may_share_the_first_class_behind_a_distinct_one():
    assert anchored([0, 1, 2], told_apart(lambda i, j: (i, j) == (0, 1))) == {0: (0, 0), 2: (0, 0), 1: (1, 1)}


def test_identical_methods_share_a_class_and_a_worse_one_does_not():
    values = np.random.default_rng(0).gamma(2, 1, 40)
    places = find_classes([score(values + 1), score(values), score(values)], MEAN, "")
    assert (places[1].rank, places[2].rank, places[0].rank) == (0, 0, 1)
    assert places[1].behind is None
    assert places[2].behind.value == 0
    assert places[0].behind.value == pytest.approx(1)


def test_higher_is_better_where_the_metric_says_so():
    values = np.random.default_rng(1).gamma(9, 1, 40)
    places = find_classes([score(values, "root"), score(values + 3, "root")], METRICS["root"], "")
    assert (places[1].rank, places[0].rank) == (0, 1)


def test_five_equal_methods_are_seldom_split():
    """At 5 % for all statements together: at most about one in twenty tables has two classes."""
    rng = np.random.default_rng(2)
    split, tables = 0, 60
    for _ in range(tables):
        weather = rng.gamma(4, 1, 30)
        places = find_classes([score(weather + rng.normal(0, 0.3, 30)) for _ in range(5)], MEAN, "")
        split += max(place.rank for place in places.values()) > 0
    assert split / tables <= 0.05 + 3.3 * np.sqrt(0.05 * 0.95 / tables)


def test_twenty_distinct_methods_are_told_apart():
    rng = np.random.default_rng(3)
    weather = rng.gamma(4, 1, 60)
    runs = [score(weather + 0.5 * i + rng.normal(0, 0.2, 60)) for i in range(20)]
    places = find_classes(runs, MEAN, "")
    assert [places[i].rank for i in range(20)] == list(range(20))


def test_no_classes_without_intervals_or_with_a_single_value():
    assert find_classes([score(np.arange(10.0)), score(np.arange(10.0))], MEAN, "") == {}
    assert find_classes([score(np.arange(40.0))], MEAN, "") == {}
    assert find_classes([score(np.arange(40.0))] * 2, MEAN, "no such component") == {}


def test_unequal_members_have_no_class_where_the_metric_is_not_fair():
    rng = np.random.default_rng(3)
    unfair, values = METRICS["unfair"], rng.gamma(2, 1, 40)

    def with_members(shift, members):
        return score_region(daily(values + shift, members=members), METRICS, True)

    runs = [with_members(2, 8), with_members(1, 8), with_members(0, 1)]
    assert {i: place.rank for i, place in find_classes(runs, unfair, "").items()} == {1: 0, 0: 1}
    assert {i: place.rank for i, place in find_classes(runs, MEAN, "").items()} == {2: 0, 1: 1, 0: 2}
