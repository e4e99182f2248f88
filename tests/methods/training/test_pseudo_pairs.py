"""Pairs made of coarse fields alone, and of fine rain alone."""

from __future__ import annotations

import numpy as np
import pytest
from sequences import make_sequence

from downbench import block_mean
from downbench_methods.training.pseudo_pairs import coarser_pairs, own_pairs

RANDOM = np.random.default_rng(4)


def scene(height: int, width: int):
    return make_sequence(RANDOM.gamma(1, 2, (3, height, width)).astype(np.float32), warmup=2)


def test_coarse_rain_is_the_truth_of_its_block_means():
    pairs = coarser_pairs(scene(128, 192), 8)
    rain, coarse = pairs.fine.to_numpy(), pairs.coarse["precipitation"].to_numpy()
    np.testing.assert_allclose(coarse, block_mean(rain, 8), rtol=1e-6)
    assert rain.shape == (5, 2, 24, 32)  # warm-up too; two ways to lay blocks; half a block more


def test_the_second_way_lies_half_a_block_further():
    sequence = scene(128, 192)
    first, second = coarser_pairs(sequence, 8).fine.to_numpy().swapaxes(0, 1)
    whole = sequence.coarse["precipitation"].to_numpy()[:, 0]
    np.testing.assert_array_equal(first[:, :16, :24], whole)
    np.testing.assert_array_equal(second[:, 4:20, 4:28], whole)


def test_a_small_domain_is_continued_by_its_mirror_image():
    sequence = scene(48, 64)  # 6 x 8 coarse cells
    first, _ = coarser_pairs(sequence, 8).fine.to_numpy().swapaxes(0, 1)
    whole = sequence.coarse["precipitation"].to_numpy()[:, 0]
    assert first.shape[1:] == (16, 16)
    np.testing.assert_array_equal(first[:, 6:12, :8], whole[:, ::-1])


def test_a_block_with_a_missing_cell_is_missing():
    sequence = scene(128, 128)
    sequence.coarse["precipitation"][1, 0, 3, 3] = np.nan
    coarse = coarser_pairs(sequence, 8).coarse["precipitation"].to_numpy()[1, 0]
    np.testing.assert_array_equal(np.isnan(coarse), [[1, 0, 0], [0, 0, 0], [0, 0, 0]])


@pytest.mark.parametrize("factor", [2, 8])
def test_fine_rain_is_paired_with_its_own_block_means(factor):
    sequence = scene(64, 64)
    pairs = own_pairs(sequence, factor)
    want = block_mean(sequence.fine.to_numpy(), factor)
    np.testing.assert_allclose(pairs.coarse["precipitation"], want, rtol=1e-6)
    assert pairs.fine is sequence.fine
