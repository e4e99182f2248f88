"""Resampling against torch, and against its own definition."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from downbench.resampling import block_mean, fill_nearest, upsample

fields = hnp.arrays(np.float64, st.tuples(st.integers(3, 9), st.integers(3, 9)), elements=st.floats(0, 50))


@given(field=fields, factor=st.integers(2, 8))
def test_bilinear_agrees_with_torch(field: np.ndarray, factor: int) -> None:
    theirs = torch.nn.functional.interpolate(
        torch.tensor(field)[None, None], scale_factor=factor, mode="bilinear", align_corners=False
    )
    np.testing.assert_allclose(upsample(field, factor, "bilinear"), theirs[0, 0].numpy(), atol=1e-4)


@given(field=fields, factor=st.integers(2, 8))
def test_bicubic_agrees_with_torch_s_kernel_of_minus_a_half(field: np.ndarray, factor: int) -> None:
    """torch takes a = -0.5 where it may smooth, which it never does upwards; borders are repeated."""
    padded = torch.tensor(np.pad(field, 3, mode="edge"))[None, None]
    theirs = torch.nn.functional.interpolate(
        padded, scale_factor=factor, mode="bicubic", align_corners=False, antialias=True
    )
    inner = (slice(3 * factor, -3 * factor),) * 2
    np.testing.assert_allclose(upsample(field, factor, "bicubic"), theirs[0, 0].numpy()[inner], atol=1e-4)


@pytest.mark.parametrize("factor", [2, 5, 8])
def test_bicubic_is_exact_for_parabolas(factor: int) -> None:
    """Keys 1981: the kernel with a = -0.5 is the one whose error is of third order."""
    size = 9
    cells, fine = np.arange(size) + 0.5, (np.arange(size * factor) + 0.5) / factor
    rows, columns = 2 - 3 * cells + 0.7 * cells**2, 1 + 0.4 * cells - 0.2 * cells**2
    expected = np.outer(2 - 3 * fine + 0.7 * fine**2, 1 + 0.4 * fine - 0.2 * fine**2)
    inner = (slice(2 * factor, -2 * factor),) * 2
    got = upsample(np.outer(rows, columns), factor, "bicubic")
    np.testing.assert_allclose(got[inner], expected[inner], rtol=1e-5, atol=1e-4)


@given(field=fields, factor=st.integers(2, 8))
def test_block_mean_inverts_nearest(field: np.ndarray, factor: int) -> None:
    np.testing.assert_allclose(block_mean(upsample(field, factor, "nearest"), factor), field, rtol=1e-12)


@given(field=fields)
def test_weighted_block_mean_keeps_the_weighted_mass(field: np.ndarray) -> None:
    fine = upsample(field, 4) + 1
    area = np.linspace(1, 2, fine.size).reshape(fine.shape)
    coarse = block_mean(fine, 4, area)
    coarse_area = block_mean(area, 4) * 16
    np.testing.assert_allclose((coarse * coarse_area).sum(), (fine * area).sum(), rtol=1e-12)
    np.testing.assert_allclose(coarse, block_mean(fine * area, 4) / block_mean(area, 4), rtol=1e-12)


@pytest.mark.parametrize("kind", ["nearest", "bilinear", "bicubic"])
def test_a_missing_cell_blanks_its_own_block_only(kind: str) -> None:
    field = np.random.default_rng(0).random((2, 6, 7))
    field[1, 2, 3] = np.nan
    fine = upsample(field, 8, kind)  # type: ignore[arg-type]
    expected = np.zeros(fine.shape, bool)
    expected[1, 16:24, 24:32] = True
    np.testing.assert_array_equal(np.isnan(fine), expected)
    far = upsample(np.nan_to_num(field), 8, kind)[1, 40:, :8]  # type: ignore[arg-type]
    np.testing.assert_allclose(fine[1, 40:, :8], far)


def test_a_block_with_a_hole_is_missing() -> None:
    fine = np.ones((16, 16))
    fine[3, 3] = np.nan
    np.testing.assert_array_equal(np.isnan(block_mean(fine, 8)), [[True, False], [False, False]])
    np.testing.assert_array_equal(
        np.isnan(block_mean(fine, 8, np.ones((16, 16)))), [[True, False], [False, False]]
    )


def test_all_missing_stays_missing() -> None:
    assert np.isnan(upsample(np.full((4, 4), np.nan), 8)).all()


def test_gaps_are_filled_from_the_nearest_valid_cell_of_the_same_frame() -> None:
    field = np.arange(24.0).reshape(2, 3, 4)
    field[0, :, 2:] = np.nan
    field[1, 1, 1] = np.nan
    filled = fill_nearest(field)
    np.testing.assert_array_equal(filled[0], [[0, 1, 1, 1], [4, 5, 5, 5], [8, 9, 9, 9]])
    neighbours = (field[1, 0, 1], field[1, 2, 1], field[1, 1, 0], field[1, 1, 2])  # all one cell away
    assert filled[1, 1, 1] in neighbours
    valid = np.isfinite(field)
    np.testing.assert_array_equal(filled[valid], field[valid])
    assert np.isnan(field[0, 0, 2])  # the field itself stays as it is


def test_a_frame_without_any_value_stays_missing() -> None:
    field = np.stack([np.full((3, 3), np.nan), np.ones((3, 3))])
    filled = fill_nearest(field)
    assert np.isnan(filled[0]).all()
    assert (filled[1] == 1).all()
