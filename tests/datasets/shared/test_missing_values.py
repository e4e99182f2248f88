"""What files say about valid values is honoured as netCDF4 does, which is another implementation of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest

from downbench_datasets.shared.missing_values import mask_values
from downbench_datasets.shared.stores import open_store

RAIN = np.arange(24).reshape(2, 3, 4)


def write(path: Path, kind: str, attributes: dict[str, Any]) -> None:
    with netCDF4.Dataset(path, "w") as file:
        for name, size in zip(("time", "y", "x"), RAIN.shape, strict=True):
            file.createDimension(name, size)
        variable = file.createVariable("pr", kind, ("time", "y", "x"))
        variable.set_auto_maskandscale(False)
        variable[:] = RAIN
        variable.setncatts(attributes)


@pytest.mark.parametrize(
    ("kind", "attributes"),
    [
        ("f4", {"valid_range": np.array([2, 20], "f4")}),
        ("f4", {"valid_max": np.float32(7)}),
        ("f4", {"valid_min": np.float32(3), "missing_value": np.float32(5)}),
        ("i2", {"valid_range": np.array([2, 20], "i2"), "scale_factor": 0.5, "add_offset": 1.0}),
        ("i2", {"valid_max": np.int16(9), "scale_factor": 0.25}),
        ("f4", {"valid_range": "none"}),
    ],
)
def test_valid_values(tmp_path: Path, kind: str, attributes: dict[str, Any]) -> None:
    path = tmp_path / "a.nc"
    write(path, kind, attributes)
    with netCDF4.Dataset(path) as file:
        expected = np.ma.filled(file["pr"][:].astype(float), np.nan)
    np.testing.assert_array_equal(mask_values(open_store(path)["pr"], ()).to_numpy(), expected)


def test_a_range_in_unpacked_units_is_taken_so(tmp_path: Path) -> None:
    """CF 2.5.1: the type of the range says whether it is of the packed or of the unpacked values."""
    path = tmp_path / "a.nc"
    write(path, "i2", {"valid_max": 4.0, "scale_factor": 0.5})
    values = mask_values(open_store(path)["pr"], ()).to_numpy()
    np.testing.assert_array_equal(values, np.where(RAIN * 0.5 <= 4, RAIN * 0.5, np.nan))
