"""What is read for the dataset ``files``, of rain in memory: alone, and with coarse rain of its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr

from downbench_datasets.files.in_memory import take_fields
from downbench_datasets.files.material import Material, rain_of, read_material


def fine(frames: int = 6) -> xr.DataArray:
    """Hourly rain (time, y, x) in mm/h; one cell is missing in one frame."""
    rain = np.random.default_rng(1).gamma(0.5, size=(frames, 8, 12)).astype(np.float32)
    rain[2, 5, 9] = np.nan
    times = np.datetime64("2020-03-01T01", "ns") + np.arange(frames) * np.timedelta64(1, "h")
    dims = {"time": times, "y": np.arange(8.0), "x": np.arange(12.0)}
    return xr.DataArray(rain, dims, list(dims), "precipitation", {"units": "mm/h"})


def material(coarse: xr.DataArray | int) -> Material:
    memory = take_fields(fine(), coarse)
    return read_material(memory.record, memory.config, memory, lambda name: None, Path("truth"))


def blocks(rain: np.ndarray) -> np.ndarray:
    """Means over 4 x 4 cells, missing where a cell is."""
    return rain.reshape(len(rain), 2, 4, 3, 4).mean(axis=(2, 4))


def test_block_means_stand_for_coarse_rain_and_both_miss_the_same_blocks() -> None:
    read = material(4)
    assert read.coarse is None
    assert (read.time_factor, read.notes, len(read.inputs)) == (1, (), 0)
    rain, coarse = rain_of(read, 4)
    expected = blocks(fine().to_numpy())
    np.testing.assert_allclose(coarse[:, 0], expected, rtol=1e-5)
    missing = np.isnan(expected).repeat(4, 1).repeat(4, 2)
    assert missing.sum() == 16
    np.testing.assert_array_equal(np.isnan(rain[:, 0]), missing)


def test_coarse_rain_of_its_own_keeps_the_fine_frames_that_it_has() -> None:
    """Two-hourly coarse rain: two fine frames in the time of each, named by the last of them."""
    means = blocks(fine().to_numpy()).reshape(3, 2, 2, 3).mean(axis=1) + 1
    dims = {"time": fine()["time"][1::2].to_numpy(), "y": [1.5, 5.5], "x": [1.5, 5.5, 9.5]}
    bounds = np.stack([dims["time"] - np.timedelta64(2, "h"), dims["time"]], 1)
    own = xr.DataArray(means, dims, list(dims), "precipitation", {"units": "mm/h"}).to_dataset()
    own = own.assign(time_bnds=(("time", "bnds"), bounds))
    own["time"].attrs["bounds"] = "time_bnds"
    read = material(own)
    assert read.time_factor == 2
    np.testing.assert_array_equal(read.coarse_times, dims["time"])
    rain, coarse = rain_of(read, 4)
    np.testing.assert_allclose(coarse[:, 0], means, rtol=1e-5)
    missing = np.isnan(means).repeat(2, 0).repeat(4, 1).repeat(4, 2)
    np.testing.assert_array_equal(np.isnan(rain[:, 0]), np.isnan(fine().to_numpy()) | missing)
