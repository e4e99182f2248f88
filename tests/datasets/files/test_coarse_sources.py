"""``bench apply`` reads what the dataset reads: amounts, totals and groups, with times of its own."""

from __future__ import annotations

import conventions as c
import numpy as np
import pytest
import xarray as xr

from downbench import UserError
from downbench_datasets.files.coarse_file import open_coarse_file
from downbench_datasets.reading.open_record import open_record
from downbench_datasets.reading.settings import ReadingConfig

NONE = ReadingConfig()


@pytest.mark.parametrize("write", [c.era5_land, c.imerg, c.wrf, c.era5_old], ids=lambda write: write.__name__)
def test_the_same_rain_and_times(tmp_path, write):
    path = write(tmp_path)
    record = open_record(path)
    coarse = open_coarse_file(path, NONE, 2, ["precipitation"], None)
    np.testing.assert_array_equal(coarse.fields["precipitation"], record.rain)
    time = coarse.template[coarse.dims[0]]
    decoded = xr.decode_cf(coarse.template)[coarse.dims[0]].to_numpy()
    if decoded.dtype.kind == "M":
        np.testing.assert_array_equal(decoded, record.rain["time"])
    assert len(time) == len(record.rain)
    assert ("bounds" in time.attrs) is record.bounds_stated
    sizes = [coarse.static[name].shape for name in ("lat", "lon")]
    assert sizes == [(1, 2 * c.SIDE, 2 * c.SIDE)] * 2


def test_what_somebody_says_is_part_of_the_digest(tmp_path):
    path = c.era5_rates(tmp_path)
    configs = (NONE, ReadingConfig(stamp="start"))
    plain, said = (open_coarse_file(path, config, 2, [], None).digest for config in configs)
    assert plain != said


def test_static_fields_of_another_size_are_told_with_both_sizes(tmp_path):
    path, static = c.era5_rates(tmp_path), tmp_path / "hills.nc"
    fine, wanted = 2 * c.SIDE, ["precipitation", "topography"]
    hills = xr.Dataset({"topography": (("y", "x"), np.ones((c.SIDE, c.SIDE)), {"units": "m"})})
    hills.to_netcdf(static)
    said = rf"hills\.nc holds topography \({c.SIDE} x {c.SIDE}\), and the fine grid has {fine} x {fine} cells"
    with pytest.raises(UserError, match=said):
        open_coarse_file(path, NONE, 2, wanted, static)
    with pytest.raises(UserError, match=rf"give static fields of the fine grid \({fine} x {fine} cells\)"):
        open_coarse_file(path, NONE, 2, wanted, None)
