"""Groups in groups, of zarr and of NetCDF: where the rain stands, and the coordinates that it inherits."""

from __future__ import annotations

import conventions as c
import netCDF4
import numpy as np
import pytest

from downbench import UserError
from downbench_datasets.reading.formats.groups import group_with_rain, listed
from downbench_datasets.reading.formats.open_file import open_file
from downbench_datasets.reading.open_record import open_record
from downbench_datasets.reading.settings import ReadingConfig

RAIN = c.rain(6)


def record(values=RAIN, name="pr"):
    return c.lat_lon(values, name, {"units": "mm/h"}, c.ends(6), "hours since 2020-03-01")


@pytest.mark.parametrize("version", [2, 3])
def test_the_one_zarr_group_with_rain(tmp_path, version):
    path = tmp_path / "a.zarr"
    record().to_zarr(path, group="fine/rain", zarr_format=version, consolidated=False)
    record(name="ta").to_zarr(path, group="fine/heat", mode="a", zarr_format=version, consolidated=False)
    np.testing.assert_array_equal(open_record(path).rain[:, 0], RAIN)


def test_several_zarr_groups_with_rain_are_named(tmp_path):
    path = tmp_path / "levels.zarr"
    for level in (0, 1):
        record(RAIN * (level + 1)).to_zarr(path, group=str(level), mode="a", consolidated=False)
    with pytest.raises(UserError, match=r"rain in several groups: /0, /1\n  say which: --set files\.group="):
        open_file(path, ReadingConfig())
    np.testing.assert_array_equal(open_record(path, ReadingConfig(group="1")).rain[:, 0], 2 * RAIN)


def test_a_netcdf_group_has_the_coordinates_of_those_above(tmp_path):
    """As CF has it, and as TROPOMI and many products write."""
    path = c.write(record().drop_vars("pr"), tmp_path / "a.nc")
    with netCDF4.Dataset(path, "a") as file:
        group = file.createGroup("data").createGroup("inner")
        group.createVariable("pr", "f4", ("time", "latitude", "longitude"))[:] = RAIN
        group["pr"].units = "mm/h"
    made = open_record(path)
    np.testing.assert_array_equal(made.rain[:, 0], RAIN)
    np.testing.assert_array_equal(made.rain["time"], c.ends(6))
    np.testing.assert_allclose(made.static["lat"][0, :, 0], c.LAT)


def test_groups_without_rain_are_listed(tmp_path):
    with pytest.raises(UserError, match=r"no precipitation in any of its groups: /a, /b"):
        group_with_rain(tmp_path, {"/": 0, "/a": 0, "/b": 0}, ReadingConfig())
    assert listed({"/": 1}) == "none"
