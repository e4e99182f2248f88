"""Arrays that cannot be written to, in memory and lazy, and the same memory for compiled code."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from downbench.read_only import read_only, writable
from downbench.read_only_fields import read_only_fields


def fields() -> xr.Dataset:
    values = np.arange(24.0).reshape(2, 3, 4)
    return xr.Dataset(
        {"rain": (("time", "y", "x"), values, {"units": "mm/h"})},
        {"time": [0, 1], "lat": (("y", "x"), np.ones((3, 4)))},
    )


def is_refused(array: np.ndarray) -> bool:
    try:
        array[...] = -1
    except ValueError:
        return True
    return False


READINGS = {
    "to_numpy": lambda data: data["rain"].to_numpy(),
    "values": lambda data: data["rain"].values,
    "a slice": lambda data: data["rain"].isel(time=slice(1, 2)).to_numpy(),
    "one frame": lambda data: data["rain"].isel(time=0).to_numpy(),
    "after load": lambda data: data.copy().load()["rain"].to_numpy(),
    "turned": lambda data: data["rain"].transpose("x", "y", "time").to_numpy(),
    "a coordinate": lambda data: data["lat"].to_numpy(),
}


@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize("lazy", [False, True])
def test_no_reading_can_be_written_to(tmp_path: Path, reading: str, lazy: bool) -> None:
    """A lazy array of xarray keeps what was read: a write would be seen by everybody who reads after."""
    original = fields()
    if lazy:
        original.to_netcdf(tmp_path / "rain.nc")
        original = xr.open_dataset(tmp_path / "rain.nc")
    guarded = read_only_fields(original)
    own_memory = lazy and reading == "turned"  # turning what is lazy copies it
    assert is_refused(READINGS[reading](guarded)) or own_memory
    xr.testing.assert_identical(original.load(), fields())
    xr.testing.assert_identical(guarded.load(), fields())


def test_dask_arrays_stay_lazy_and_give_memory_of_one_s_own() -> None:
    guarded = read_only_fields(fields().chunk(time=1))
    assert guarded["rain"].chunks is not None
    guarded["rain"].to_numpy()[...] = -1
    np.testing.assert_array_equal(guarded["rain"].to_numpy(), fields()["rain"])


def test_a_single_field_keeps_its_name() -> None:
    rain = fields()["rain"]
    xr.testing.assert_identical(read_only_fields(rain), rain)
    assert read_only_fields(rain.rename(None)).name is None


def test_the_original_stays_writable() -> None:
    values = np.zeros(3)
    assert is_refused(read_only(values))
    values[0] = 1


def test_compiled_code_gets_the_same_memory_unless_it_belongs_to_nobody() -> None:
    values = np.zeros(3)
    assert np.shares_memory(writable(read_only(values)), values)
    assert writable(values) is values
    frozen = np.zeros(3)
    frozen.flags.writeable = False
    assert not np.shares_memory(writable(frozen), frozen)
