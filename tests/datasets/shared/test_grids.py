"""Grids that are none, or that move."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from downbench import UserError
from downbench_datasets.shared.grids import coordinates_of


def record(shift):
    lat = 40 + np.arange(5)[:, None] + np.zeros((4, 5, 6)) + shift * np.arange(4)[:, None, None]
    lon = np.arange(6) + np.zeros((4, 5, 6))
    dims = ("time", "y", "x")
    places = {
        "XLAT": (dims, lat, {"units": "degree_north"}),
        "XLONG": (dims, lon, {"units": "degree_east"}),
    }
    return xr.Dataset({"pr": (dims, np.zeros((4, 5, 6)), {"units": "mm/h"}), **places})


def test_places_along_time_that_stay():
    source = record(0)
    assert {"lat", "lon"} <= set(coordinates_of(source, source["pr"], "a.nc"))


def test_a_nest_that_moves_is_refused():
    source = record(0.1)
    with pytest.raises(UserError, match=r"a\.nc: its grid moves: 'XLAT' differs"):
        coordinates_of(source, source["pr"], "a.nc")
