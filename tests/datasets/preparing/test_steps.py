"""The steps of a recipe, each against numbers that a reader can work out."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from downbench import UserError
from downbench_datasets.preparing.recipe import Recipe
from downbench_datasets.preparing.rounding import rounded
from downbench_datasets.preparing.steps import apply_recipe


def record(rain, south_first=False, first="2020-01-01T01"):
    rain = np.asarray(rain, np.float32)[:, None]
    frames, _, ny, nx = rain.shape
    time = np.datetime64(first, "s") + np.arange(frames) * np.timedelta64(3600, "s")
    lat = 50 + np.arange(ny) * (1.0 if south_first else -1.0)
    data = xr.Dataset(
        {"precipitation": (("time", "tile", "y", "x"), rain)},
        {"time": time, "lat": ("y", lat), "lon": ("x", 350 + np.arange(nx) * 4.0)},
    )
    return data.assign(time_bnds=(("time", "bnds"), np.stack([time - np.timedelta64(1, "h"), time], 1)))


def made(data, **recipe):
    return apply_recipe(data, Recipe.model_validate(recipe), "here")


def values(data, **recipe):
    return made(data, **recipe)["precipitation"].to_numpy()[:, 0]


def test_nothing_changes_without_steps():
    data = record([[[1.5, np.nan], [0, 3]]])
    np.testing.assert_array_equal(values(data), data["precipitation"].to_numpy()[:, 0])


def test_limits_and_masks():
    data = record([[[0.04, 300], [1, 2]], [[0.06, 5], [1, 2]]])
    got = values(data, missing_above=250, dry_below=0.05, masks=[{"box": [348, 48.5, 351, 49.5]}])
    np.testing.assert_array_equal(got, np.float32([[[0, np.nan], [np.nan, 2]], [[0.06, 5], [np.nan, 2]]]))
    once = [{"box": [348, 0, 360, 90], "times": ["2020-01-01T02:00"]}]
    assert np.isnan(values(data, masks=once)).sum((1, 2)).tolist() == [0, 4]


def test_block_means_of_at_least_half_valid_cells():
    data = record([[[1, np.nan, np.nan, np.nan], [3, np.nan, 4, np.nan]]])
    got = made(data, coarsen=2)
    np.testing.assert_array_equal(got["precipitation"].to_numpy()[0, 0], [[2, np.nan]])
    assert got["lat"].to_numpy().tolist() == [49.5]
    assert got["lon"].to_numpy().tolist() == [352, 360]


def test_rows_count_from_the_north_after_turning():
    data = record([[[1, 2], [3, 4], [5, 6]]], south_first=True)
    got = made(data, rows=[0, 2], columns=[1, 2])
    np.testing.assert_array_equal(got["precipitation"].to_numpy()[0, 0], [[6], [4]])
    assert got["lat"].to_numpy().tolist() == [52, 51]
    with pytest.raises(UserError, match=r"rows \[0, 9\] are not in its grid of 3 x 2"):
        made(data, rows=[0, 9])


def test_a_box_over_the_seam():
    data = record([[[1, 2, 3, 4]]]).assign(lon=("x", [0.0, 90, 180, 270]))
    assert values(data, box=[-100, 40, 10, 60]).tolist() == [[[4, 1]]]


def test_means_over_whole_groups_of_hours():
    data = record(np.arange(8.0)[:, None, None] * np.ones((1, 2, 2)), first="2020-01-01T00")
    got = made(data, hours=3)
    assert got["precipitation"].to_numpy()[:, 0, 0, 0].tolist() == [2, 5]
    assert got["time"].to_numpy().astype("datetime64[h]").astype(str).tolist() == [
        "2020-01-01T03",
        "2020-01-01T06",
    ]
    assert (np.diff(got["time_bnds"].to_numpy()) == np.timedelta64(3, "h")).all()


def test_the_period_that_is_kept():
    data = record(np.zeros((5, 2, 2)))
    assert made(data, **{"from": "2020-01-01T02:00", "to": "2020-01-01T03:00"}).sizes["time"] == 2
    with pytest.raises(UserError, match="here has no time from 2021"):
        made(data, **{"from": "2021-01-01T02:00", "to": "2021-01-01T03:00"})


def test_rounding_to_ten_bits():
    rain = np.random.default_rng(1).lognormal(0, 3, 5000).astype(np.float32)
    rain[0] = np.nan
    got = rounded(rain, 10)
    mantissa, exponent = np.frexp(rain.astype(float))
    np.testing.assert_array_equal(
        got, np.ldexp(np.round(mantissa * 2**11) / 2**11, exponent).astype(np.float32)
    )
    np.testing.assert_array_equal(rounded(got, 10), got)
