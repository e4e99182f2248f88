"""Fine fields in whole coarse cells: left alone, cropped where that is wanted, or refused."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from downbench import UserError
from downbench_datasets.files.cropping import whole_cells


def fields(rows: int, columns: int) -> tuple[xr.DataArray, xr.Dataset]:
    """Rain that counts its cells, and a relief likewise."""
    cells = np.arange(rows * columns, dtype=np.float32).reshape(1, 1, rows, columns)
    rain = xr.DataArray(cells, dims=("time", "tile", "y", "x"))
    return rain, xr.Dataset({"topography": rain[0]})


def test_whole_cells_are_left_alone() -> None:
    rain, static = fields(16, 24)
    same, fixed = whole_cells(rain, static, 8, False, "rain.nc")
    assert same is rain
    assert fixed is static


def test_the_first_rows_and_columns_stay() -> None:
    rain, static = whole_cells(*fields(17, 30), 8, True, "rain.nc")
    assert rain.shape[-2:] == (16, 24)
    assert rain[0, 0, 15, 23] == 15 * 30 + 23
    xr.testing.assert_equal(static["topography"], rain[0])
    assert not whole_cells(fields(17, 30)[0], xr.Dataset(), 8, True, "rain.nc")[1].data_vars


def test_sizes_that_do_not_fit() -> None:
    message = r"17 x 30 cells .* factor 8\n.*files.crop=true keeps the first 16 x 24"
    with pytest.raises(UserError, match=message):
        whole_cells(*fields(17, 30), 8, False, "rain.nc")
    with pytest.raises(
        UserError, match=r"5 x 24 cells are less than one coarse cell of 8 x 8\n.*smaller factor"
    ):
        whole_cells(*fields(5, 24), 8, True, "rain.nc")
    with pytest.raises(UserError, match=r"1 x 24 cells are less than one coarse cell of 8 x 8\n.*single row"):
        whole_cells(*fields(1, 24), 8, True, "rain.nc")
