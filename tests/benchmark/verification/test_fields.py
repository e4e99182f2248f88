"""A few frames are read as they stand in data and predictions, by another way than scoring reads them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
import zarr
from sequences import make_sequence

from downbench.verification.fields import Cut, read_subset

BIN = np.timedelta64(1, "D")

RANDOM = np.random.default_rng(0)
FINE = RANDOM.gamma(0.5, 2, (6, 2, 24, 32)).astype(np.float32)
FINE[3, 1, 9, 20] = np.nan
MEMBERS = RANDOM.gamma(0.5, 2, (4, 6, 2, 24, 32)).astype(np.float32)  # (member, time, tile, y, x)
AREA = RANDOM.uniform(1, 2, (2, 24, 32))
CUT = Cut(0, 2, 5, (1,), slice(8, 24), slice(8, 32))


@pytest.fixture
def predictions(tmp_path):
    group = zarr.open_group(tmp_path / "p.zarr", mode="w")
    group.create_array("s", data=MEMBERS)
    return tmp_path / "p.zarr"


def read(predictions, cut=CUT, warmup=2, **changes):
    sequence = make_sequence(FINE, xr.Dataset({"area": (("tile", "y", "x"), AREA)}), hours=3, warmup=warmup)
    return read_subset(replace(sequence, **changes), predictions, cut, 8, (), None, BIN), sequence


def test_truth_members_coarse_rain_and_areas_of_the_cut(predictions):
    subset, sequence = read(predictions)
    hole = np.zeros((1, 3, 16, 24), bool)
    hole[0, 1, :8, 8:16] = True  # the whole coarse cell of the missing one
    truth = np.where(hole, np.nan, FINE[2:5, 1:, 8:, 8:].swapaxes(0, 1))
    np.testing.assert_array_equal(subset.truth, truth.astype(np.float64))
    members = MEMBERS[:, 2:5, 1, 8:, 8:][:, None]
    np.testing.assert_array_equal(subset.members, np.where(hole, np.nan, members))
    coarse = sequence.coarse["precipitation"].to_numpy()[4:7, 1, 1:, 1:]  # after the warm-up
    np.testing.assert_array_equal(subset.coarse[0], coarse)
    np.testing.assert_allclose(subset.area, AREA[1:, 8:, 8:], rtol=1e-6)
    assert (subset.factor, subset.step_hours) == (8, 3.0)


def test_without_areas_all_cells_count_the_same(predictions):
    subset, _ = read(predictions, static=xr.Dataset())
    assert (subset.area == 1).all()
    assert subset.area.shape == (1, 16, 24)


def test_fields_whose_dims_stand_in_another_order_are_read_by_name(predictions):
    area = xr.Dataset({"area": (("x", "tile", "y"), AREA.transpose(2, 0, 1))})
    np.testing.assert_array_equal(read(predictions, static=area)[0].area, read(predictions)[0].area)
