"""Notes of a record, one thing each."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from downbench_datasets.files.config import RainFilesConfig
from downbench_datasets.files.notes import (
    coverage_notes,
    gap_notes,
    length_notes,
    split_gap_notes,
    window_notes,
)
from downbench_datasets.files.windows import Windows
from downbench_datasets.reading.meaning.time_stamps import Gap

DAY, HOUR = np.timedelta64(1, "D"), np.timedelta64(1, "h")


@pytest.mark.parametrize(("length", "test", "notes"), [
    (3 * DAY, DAY, ["same event"]), (400 * DAY, 80 * DAY, ["one season"]), (4000 * DAY, 800 * DAY, []),
])  # fmt: skip
def test_lengths(length, test, notes):
    assert length_notes(length, test) == notes


def test_windows():
    assert window_notes(Windows()) == []
    two = Windows(((0, 0), (64, 0)), (64, 32))
    assert window_notes(two) == ["validation and test: 2 windows of 64 x 32 cells"]


def test_little_that_is_scored_is_told_with_a_smaller_factor():
    """An island of 5 x 5 cells has one whole block of 4 x 4, and four of 2 x 2."""
    land = np.full((3, 1, 8, 8), np.nan)
    land[..., :5, :5] = 1
    rain = xr.DataArray(land, dims=("time", "tile", "y", "x"))
    assert coverage_notes(rain[..., :4, :4], 4) == []
    assert coverage_notes(rain, 4) == [], "16 of 25"
    rain[1, 0, 2, 2] = np.nan
    (note,) = coverage_notes(rain, 4)
    assert note == (
        "0 of 4 coarse cells of 4 x 4 are wholly valid, and hold 0% of the valid fine cells, which alone are "
        "scored; a smaller factor keeps more: --set files.factor=2"
    )
    assert coverage_notes(rain, 2) == [], "three blocks of 2 x 2 of 24 cells"


def test_the_first_gaps_are_named():
    gaps = [Gap(np.datetime64(k, "D"), np.datetime64(k + 2, "D"), 1, f"gap {k}") for k in range(5)]
    assert gap_notes([], 1) == []
    assert gap_notes(gaps, 6) == ["5 gaps in time: 6 sequences. gap 0; gap 1; gap 2; and 2 more"]


def test_rain_that_remembers_longer_than_the_gap():
    slow = np.repeat(np.random.default_rng(0).gamma(1, 1, 40), 12)
    rain = xr.DataArray(slow[:, None, None, None] * np.ones((1, 1, 2, 2)), dims=("time", "tile", "y", "x"))
    (note,) = split_gap_notes(rain, HOUR, 6 * HOUR, 1)
    assert note.startswith("gap between splits of 6.0 h, shorter than twice")
    assert split_gap_notes(rain, HOUR, 300 * HOUR, 1) == []
    assert RainFilesConfig().factor == 8
