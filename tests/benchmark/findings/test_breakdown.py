"""Differences by time and by seed, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from daily_scores import METRICS
from stored import stored

from downbench.findings.breakdown import hour_differences, seed_differences, seed_intervals
from downbench.scoring.inference.paired import score_region

ONE, TWO = [1.0, 4.0, 2.0], [2.0, 1.0, 2.5]


def test_each_time_has_the_first_less_the_second():
    (row,) = hour_differences([stored(ONE), stored(TWO)], (0, 1), METRICS["mean"])
    assert list(row["differences"].values()) == [-1.0, 3.0, -0.5]
    assert next(iter(row["differences"])).startswith("2020-03-01")
    assert (row["times"], row["a_better"]) == (3, 2)


def test_where_higher_is_better_the_larger_wins():
    (row,) = hour_differences([stored(ONE), stored(TWO)], (0, 1), METRICS["root"])
    np.testing.assert_allclose(list(row["differences"].values()), np.sqrt(ONE) - np.sqrt(TWO))
    assert row["a_better"] == 1


def test_where_zero_is_best_distances_from_it_are_compared():
    (row,) = hour_differences([stored([-3.0, 1.0]), stored([2.0, -1.5])], (0, 1), METRICS["zero"])
    assert list(row["differences"].values()) == [1.0, -0.5]
    assert row["a_better"] == 1


def seeds(*runs):
    made = [stored([value], name, seed) for name, seed, value in runs]
    return seed_differences(made, [value for *_, value in runs], METRICS["mean"], "")


def test_the_spread_over_seeds_is_that_of_a_sample():
    (row,) = seeds(("a", 0, 1.0), ("a", 1, 2.0), ("a", 2, 6.0), ("b", 0, 5.0))
    assert row["methods"] == ["a"]
    assert row["values"] == {0: 1.0, 1: 2.0, 2: 6.0}
    assert (row["mean"], row["sd"]) == (3.0, pytest.approx(np.sqrt(7)))


def test_two_methods_are_compared_at_equal_seeds():
    rows = seeds(("a", 0, 1.0), ("a", 1, 2.0), ("b", 1, 5.0), ("b", 0, 1.5), ("b", 7, 9.0))
    assert rows[-1]["methods"] == ["a", "b"]
    assert rows[-1]["differences"] == {0: -0.5, 1: -3.0}


def test_a_seed_without_a_value_counts_nowhere():
    assert seeds(("a", 0, 1.0), ("a", 1, None)) == []


def test_a_seed_that_ran_twice_counts_once_and_the_newest_is_it():
    """As it would without the former run, whichever comes first."""
    first, again = ([value + 0.5 * day for day in range(60)] for value in (1.0, 7.0))
    other = [2.0 + 0.3 * day for day in range(60)]
    runs = [
        stored(first, "a", 0, "former", created="2026-01-01"),
        stored(again, "a", 0, "newest", created="2026-02-01"),
        stored(other, "a", 1),
        stored(other, "b", 0),
        stored(first, "b", 1),
    ]
    mean = METRICS["mean"]
    given = [score_region(run.statistics, {"mean": mean}, True) for run in runs]
    once = seed_intervals(runs[1:], given[1:], mean, "")
    assert [row["seeds"] for row in once] == [[[0, 1], [0, 1]]]
    assert seed_intervals(runs, given, mean, "") == once
    values = [float(np.mean(each)) for each in (first, again, other, other, first)]
    assert seed_differences(runs, values, mean, "")[0]["values"] == {0: values[1], 1: values[2]}
    swapped = [runs[1], runs[0], *runs[2:]]
    assert (
        seed_differences(swapped, [values[1], values[0], *values[2:]], mean, "")[0]["values"][0] == values[1]
    )


def test_other_configurations_are_other_methods():
    runs = [stored([1.0], "a", 0), stored([2.0], "a", 1)]
    runs[1].record.method.configuration = {"width": 8}
    assert seed_differences(runs, [1.0, 2.0], METRICS["mean"], "") == []
