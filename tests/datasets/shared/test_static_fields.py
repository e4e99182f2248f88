"""Static fields in the ways that models write them."""

from __future__ import annotations

import numpy as np
import xarray as xr

from downbench_datasets.shared.static_fields import static_fields


def test_land_of_wrf_is_one_and_water_two():
    water = np.where(np.arange(6) < 2, 2, 1) * np.ones((3, 5, 1))
    field = (("Time", "south_north", "west_east"), water.astype("f4"), {"units": ""})
    land = static_fields([xr.Dataset({"XLAND": field})], (1, 5, 6))["land_fraction"]
    np.testing.assert_array_equal(land[0, 0], [0, 0, 1, 1, 1, 1])
