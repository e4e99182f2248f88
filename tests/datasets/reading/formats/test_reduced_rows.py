"""Rows of a reduced grid made equally long: sums stay, and what is constant stays constant."""

from __future__ import annotations

import numpy as np
import pytest

from downbench_datasets.reading.formats.reduced_rows import even_rows
from downbench_datasets.reading.open_record import open_record

ROWS = (4, 6, 12, 6)


def test_each_row_keeps_its_mean():
    values = np.random.default_rng(0).gamma(1, 1, sum(ROWS))
    made = even_rows(values, ROWS)
    parts = np.split(values, np.cumsum(ROWS)[:-1])
    np.testing.assert_allclose(made.mean(1), [part.mean() for part in parts], rtol=1e-6)
    np.testing.assert_allclose(made[2], parts[2], rtol=1e-6)


def test_cells_are_centred_where_they_are():
    """Three new cells for each old one: the first old cell is at longitude 0, its parts lie on both sides."""
    made = even_rows(np.array([9.0, 0, 0, 0, *np.zeros(12)]), (4, 12))
    np.testing.assert_allclose(made[0], [9, 9, *np.zeros(9), 9], atol=1e-6)


def test_missing_cells_stay_missing():
    values = np.ones(16)
    values[1] = np.nan
    made = even_rows(values, (4, 12))
    assert np.isnan(made[0]).sum() == 3
    np.testing.assert_array_equal(made[1], 1)


def test_a_reduced_gaussian_message(tmp_path):
    """ecCodes' own sample, filled with a field of latitude alone, comes out as one."""
    eccodes = pytest.importorskip("eccodes")
    handle = eccodes.codes_grib_new_from_samples("reduced_gg_sfc_grib2")
    keys = {"productDefinitionTemplateNumber": 8, "typeOfStatisticalProcessing": 1, "shortName": "tp"}
    for key, value in (keys | {"startStep": 0, "endStep": 1, "bitsPerValue": 24}).items():
        eccodes.codes_set(handle, key, value)
    lat = eccodes.codes_get_array(handle, "latitudes")
    eccodes.codes_set_values(handle, np.abs(lat) / 1e4)
    (tmp_path / "a.grib2").write_bytes(eccodes.codes_get_message(handle))
    longest = int(max(eccodes.codes_get_array(handle, "pl")))
    eccodes.codes_release(handle)
    record = open_record(tmp_path / "a.grib2")
    assert record.rain.sizes["x"] == longest
    rows = record.static["lat"][0]
    np.testing.assert_allclose(record.rain[0, 0].to_numpy(), np.abs(rows) / 10, atol=1e-3)
