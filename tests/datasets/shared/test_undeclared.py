"""Marks of missing values that nobody declares, in fields of every kind."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from downbench import UserError
from downbench_datasets.shared.undeclared import refuse_undeclared, without_marks

HEAT = np.random.default_rng(0).normal(280, 5, (4, 6, 6)).astype(np.float32)


@pytest.mark.parametrize("mark", [-9999, 9999, -999.9, 32767, 1e20, -3.4e38, 9.96921e36])
def test_a_mark_is_refused_when_it_is_read(mark: float) -> None:
    values = HEAT.copy()
    values[2, :2, :2] = mark
    values[0, 0, 0] = np.nan
    field = xr.DataArray(values, dims=["time", "y", "x"])
    with pytest.raises(UserError, match=r"here: .* marks missing values"):
        refuse_undeclared(field, "here")
    lazy = refuse_undeclared(field.chunk({"time": 1}), "here")
    np.testing.assert_array_equal(lazy.isel(time=0), values[0])
    with pytest.raises(UserError, match="_FillValue"):
        lazy.isel(time=2).compute()
    assert np.isnan(without_marks(values)).sum() == 5


@pytest.mark.parametrize(
    "values",
    [
        HEAT,
        np.full((4, 4), 999.0, np.float32),  # of one value everywhere nothing can be said
        np.where(np.eye(6) > 0, 99, 95).astype(np.float32),
        np.linspace(-9999, 9999, 36, dtype=np.float32).reshape(6, 6),
        np.full((3, 3), np.nan, np.float32),
        np.array([[0, 0, 0, 101325.0], [99999, 99999, 99999, 100000]], np.float32),  # pressure [Pa]
    ],
)
def test_what_is_no_mark_stays(values: np.ndarray) -> None:
    field = xr.DataArray(values, dims=["time", "y", "x"][-values.ndim :])
    np.testing.assert_array_equal(refuse_undeclared(field, "here"), values)
    np.testing.assert_array_equal(without_marks(values), values)
