"""``bench apply`` reads what the dataset reads: amounts, totals and groups, with times of its own."""

from __future__ import annotations

import conventions as c
import numpy as np
import pytest
import xarray as xr

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
