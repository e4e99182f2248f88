"""Coarse and fine frames of the same time."""

from __future__ import annotations

import numpy as np
import pytest

from downbench import UserError
from downbench_datasets.files.pairs.intervals import match_intervals


def hours(first: float, last: float, step: float) -> np.ndarray:
    """Intervals of so many hours from one hour to another."""
    starts = np.arange(first, last, step) * 60
    minutes = np.stack([starts, starts + step * 60], 1).round().astype(int)
    return np.datetime64("2020-01-01", "m") + minutes.astype("timedelta64[m]")


def test_frames_of_one_step_are_matched_where_both_are() -> None:
    matched = match_intervals(hours(2, 12, 1), np.delete(hours(0, 8, 1), 4, axis=0), "a and b")
    assert matched.time_factor == 1
    assert matched.coarse[:, 0].tolist() == [0, 1, 3, 4, 5]
    assert matched.fine[:, 0].tolist() == [2, 3, 4, 5, 6]


def test_days_are_matched_with_the_hours_that_fill_them() -> None:
    fine = np.delete(hours(9, 100, 1), 30, axis=0)  # the hour from 39 on is missing
    matched = match_intervals(hours(0, 96, 24), fine, "a and b")
    assert matched.time_factor == 24
    assert matched.coarse[:, 0].tolist() == [2, 3]  # the first is cut off, the second has the gap
    assert fine[matched.fine[0, 0], 0] == np.datetime64("2020-01-03")
    assert fine[matched.fine[1, -1], 1] == np.datetime64("2020-01-05")


def test_half_hours_are_matched_with_the_three_hours_that_they_fill() -> None:
    matched = match_intervals(hours(0, 8, 0.5), hours(0, 9, 3), "a and b")
    assert matched.time_factor == 1
    assert matched.coarse.tolist() == [list(range(6)), list(range(6, 12))]
    assert matched.fine.tolist() == [[0], [1]]


def test_steps_that_do_not_go_into_each_other_or_other_times_are_refused() -> None:
    with pytest.raises(
        UserError, match=r"steps of 2 h \(coarse\) and 3 h \(fine\) do not go into each other"
    ):
        match_intervals(hours(0, 12, 2), hours(0, 12, 3), "a and b")
    with pytest.raises(UserError, match="a and b have no interval of time in common: 2020-01-01T00:00 to"):
        match_intervals(hours(0, 5, 1), hours(7, 12, 1), "a and b")
    with pytest.raises(UserError, match="no interval of time in common"):
        match_intervals(hours(0.5, 5, 1), hours(0, 5, 1), "a and b")


def test_values_of_moments_match_those_of_the_same_moments() -> None:
    three_hourly, hourly = hours(0, 12, 3)[:, [1, 1]], hours(1, 12, 1)[:, [1, 1]]
    matched = match_intervals(three_hourly, hourly, "a and b")
    assert matched.time_factor == 1
    np.testing.assert_array_equal(three_hourly[matched.coarse[:, 0]], hourly[matched.fine[:, 0]])
    assert len(matched.fine) == 4
    with pytest.raises(UserError, match="a and b have no moment in common"):
        match_intervals(three_hourly + np.timedelta64(30, "m"), hourly, "a and b")


@pytest.mark.parametrize(
    ("moments", "setting"), [("fine", "files.stamp=end"), ("coarse", "files.coarse_reading={stamp: end}")]
)
def test_values_of_moments_are_no_means(moments: str, setting: str) -> None:
    means, points = hours(0, 12, 1), hours(0, 12, 1)[:, [1, 1]]
    coarse, fine = (points, means) if moments == "coarse" else (means, points)
    with pytest.raises(UserError, match=f"the {moments} rain has values of moments") as refused:
        match_intervals(coarse, fine, "a and b")
    assert setting in str(refused.value)
