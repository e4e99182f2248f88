"""Times that are off by the rounding of their numbers are set to their clock; uneven ones are left."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from downbench_datasets.reading.meaning.even_times import even_times

HOURS = np.datetime64("2001-03-01T01:00", "s") + np.arange(48) * np.timedelta64(3600, "s")


def field(times: np.ndarray) -> xr.DataArray:
    none = np.full(len(times), np.datetime64("NaT"), "datetime64[s]")
    coordinates = {"time": times, "start": ("time", none), "end": ("time", none)}
    return xr.DataArray(np.zeros(len(times)), coordinates, ["time"])


def test_days_in_float32_are_set_to_the_hour():
    origin = np.datetime64("1900-01-01", "s")
    days = ((HOURS - origin) / np.timedelta64(1, "D")).astype(np.float32)
    rounded = origin + np.rint(days.astype(float) * 86400).astype("timedelta64[s]")
    assert np.abs(rounded - HOURS).max() > np.timedelta64(60, "s")
    moved, note = even_times(field(rounded))
    np.testing.assert_array_equal(moved["time"], HOURS)
    assert "60 min" in str(note)


def test_seconds_of_jitter_with_a_gap_are_set_to_the_clock():
    kept = np.delete(HOURS, [10, 11])
    jitter = np.random.default_rng(0).integers(-20, 20, len(kept)).astype("timedelta64[s]")
    moved, _ = even_times(field(kept + jitter))
    np.testing.assert_array_equal(moved["time"], kept)


def test_bounds_are_set_to_the_same_clock():
    jitter = np.random.default_rng(0).integers(-20, 20, (3, 48)).astype("timedelta64[s]")
    hour = np.timedelta64(3600, "s")
    rough = field(HOURS + jitter[0]).assign_coords(
        start=("time", HOURS - hour + jitter[1]), end=("time", HOURS + jitter[2])
    )
    moved, _ = even_times(rough)
    np.testing.assert_array_equal(moved["start"], HOURS - hour)
    np.testing.assert_array_equal(moved["end"], HOURS)


def in_float32(moments: np.ndarray, origin: str) -> np.ndarray:
    days = ((moments - np.datetime64(origin, "s")) / np.timedelta64(1, "D")).astype(np.float32)
    return np.datetime64(origin, "s") + np.rint(days.astype(float) * 86400).astype("timedelta64[s]")


@pytest.mark.parametrize("origin", ["1850-01-01", "1800-01-01"])
def test_bounds_in_float32_beside_exact_times_are_set_to_the_clock(origin):
    kept, hour = np.delete(HOURS, [20]), np.timedelta64(3600, "s")
    rough = field(kept).assign_coords(
        start=("time", in_float32(kept - hour, origin)), end=("time", in_float32(kept, origin))
    )
    assert (rough["end"] - rough["start"]).min() < 0.99 * hour  # by so much, amounts would become other rates
    moved, note = even_times(rough)
    np.testing.assert_array_equal(moved["start"], kept - hour)
    np.testing.assert_array_equal(moved["end"], kept)
    assert "bounds" in str(note)


def test_bounds_that_end_in_the_last_second_end_with_their_step():
    second, hour = np.timedelta64(1, "s"), np.timedelta64(3600, "s")
    moved, _ = even_times(
        field(HOURS).assign_coords(start=("time", HOURS - hour), end=("time", HOURS - second))
    )
    np.testing.assert_array_equal(moved["end"], HOURS)


def test_bounds_of_a_part_of_the_step_are_left():
    minute = np.timedelta64(60, "s")
    part = field(HOURS).assign_coords(start=("time", HOURS - 4 * minute), end=("time", HOURS))
    moved, note = even_times(part)
    np.testing.assert_array_equal(moved["start"], HOURS - 4 * minute)
    assert note is None


def test_even_times_gaps_months_and_uneven_times_are_left():
    months = np.arange("2001-01", "2005-01", dtype="datetime64[M]").astype("datetime64[s]")
    uneven = HOURS + np.random.default_rng(0).integers(-1200, 1200, 48).astype("timedelta64[s]")
    for times in (HOURS, np.delete(HOURS, [7]), months, np.sort(uneven)):
        moved, note = even_times(field(times))
        np.testing.assert_array_equal(moved["time"], times)
        assert note is None


def test_even_times_that_change_their_step_are_not_said_to_be_off():
    later = HOURS[29] + np.arange(1, 11) * np.timedelta64(3, "h")
    moved, note = even_times(field(np.concatenate([HOURS[:30], later])))
    assert note is None
    np.testing.assert_array_equal(moved["time"], np.concatenate([HOURS[:30], later]))
