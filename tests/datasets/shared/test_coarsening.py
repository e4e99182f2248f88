"""Block means, masks and windows."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from downbench_datasets.files.windows import Windows, best_windows, cut_windows
from downbench_datasets.shared.coarsening import coarsen, mask_blocks, valid_throughout

DIMS = ("time", "tile", "y", "x")


@pytest.fixture
def fine():
    values = np.random.default_rng(0).exponential(size=(5, 2, 16, 24)).astype(np.float32)
    return xr.DataArray(values, {"time": np.arange(5)}, DIMS)


@pytest.mark.parametrize("chunks", [None, {"time": 2}, {"time": 1, "y": 4, "x": 5}])
def test_agrees_with_xarray(fine, chunks):
    area = xr.DataArray(np.random.default_rng(1).uniform(1, 2, (2, 16, 24)), dims=DIMS[1:])
    lazy = fine if chunks is None else fine.chunk(chunks)
    blocks = {"y": 8, "x": 8}
    expected = (fine * area).coarsen(blocks).sum() / area.coarsen(blocks).sum()
    found = coarsen(lazy, 8, area)
    assert found.dims == DIMS
    xr.testing.assert_allclose(found, expected.astype(np.float32), rtol=1e-5)
    xr.testing.assert_allclose(coarsen(lazy, 8), fine.coarsen(blocks).mean(), rtol=1e-5)


def test_a_frame_without_any_value_says_nothing_of_single_cells(fine):
    fine[1, 0, 9, 3] = np.nan
    fine[0], fine[4, 1] = np.nan, np.nan
    valid = valid_throughout(fine)
    assert not valid[0, 9, 3]
    assert valid.sum() == valid.size - 1
    fine[:, 1] = np.nan
    assert not valid_throughout(fine)[1].any(), "a tile that never has a value is valid nowhere"


@pytest.mark.parametrize("chunks", [None, {"time": 1, "y": 4}])
def test_one_missing_cell_masks_its_block(fine, chunks):
    fine[1, 0, 9, 3] = np.nan
    lazy = fine if chunks is None else fine.chunk(chunks)
    masked = mask_blocks(lazy, 8)
    missing = np.zeros(fine.shape, bool)
    missing[1, 0, 8:16, 0:8] = True
    np.testing.assert_array_equal(np.isnan(masked), missing)
    np.testing.assert_array_equal(masked.values[~missing], fine.values[~missing])
    np.testing.assert_array_equal(np.isnan(coarsen(lazy, 8)), missing[..., ::8, ::8])


def test_full_windows_do_not_overlap():
    valid = np.ones((10, 9))
    valid[0, 0] = 0.5
    assert best_windows(valid, (4, 4), 4) == [(0, 1), (0, 5), (4, 0), (4, 4)]


def test_best_window_where_none_is_full():
    valid = np.zeros((6, 6))
    valid[2:5, 1:4] = 0.9
    valid[0, 0] = 1
    assert best_windows(valid, (3, 3), 4) == [(2, 1)]


@given(st.integers(1, 5), st.integers(1, 5), st.integers(0, 2**32 - 1))
def test_windows_fit_and_are_apart(height, width, seed):
    valid = (np.random.default_rng(seed).random((9, 11)) > 0.05).astype(float)
    taken = np.zeros(valid.shape, int)
    chosen = best_windows(valid, (height, width), 6)
    assert 1 <= len(chosen) <= 6
    for row, column in chosen:
        inside = (slice(row, row + height), slice(column, column + width))
        assert taken[inside].shape == (height, width)
        taken[inside] += 1
        assert len(chosen) == 1 or valid[inside].all()
    assert taken.max() == 1


def test_windows_become_tiles(fine):
    cut = cut_windows(fine.isel(tile=[0]), Windows(((0, 0), (8, 16)), (8, 8)))
    assert cut.shape == (5, 2, 8, 8)
    np.testing.assert_array_equal(cut[:, 1], fine[:, 0, 8:16, 16:24])
