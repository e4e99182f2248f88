"""Coarse rain of another unit than its file says is seen by its amounts, before it is downscaled."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from downbench.downscaling.coarse_amounts import odd_amounts

ALL = slice(0, None)


def rain(factor: float = 1.0) -> xr.DataArray:
    """Two hundred hours of rain (a twentieth of the cells wet, 2 mm/h there), times a factor."""
    rng = np.random.default_rng(0)
    values = rng.exponential(2.0, (200, 1, 12, 12))
    values *= rng.random(values.shape) < 0.05
    values[:, :, 0] = np.nan
    return xr.DataArray(values * factor, dims=("time", "tile", "y", "x"))


def test_rain_of_a_usual_size_is_nothing_odd() -> None:
    assert odd_amounts(rain(), ALL) == ""
    assert odd_amounts(rain(0.1), ALL) == ""
    assert odd_amounts(rain(0.0), ALL) == "", "it may be dry"
    assert odd_amounts(rain(np.nan), ALL) == ""


@pytest.mark.parametrize(
    ("factor", "said"),
    [
        (1 / 3.6e6, "the strongest coarse rain is"),  # m s-1
        (1 / 3600, "the strongest coarse rain is"),  # kg m-2 s-1
        (3600.0, "the mean coarse rain is"),  # converted twice
    ],
)
def test_amounts_of_other_units_are_odd(factor: float, said: str) -> None:
    assert odd_amounts(rain(factor), ALL).startswith(said)
    assert odd_amounts(rain(factor), slice(3, 4)).endswith("in the frames that were looked at")


def test_the_wanted_frames_alone_are_looked_at() -> None:
    field = rain()
    field[:100] /= 3.6e6
    assert odd_amounts(field, slice(0, 100)) != ""
    assert odd_amounts(field, slice(100, 200)) == ""
