"""Patches of whole coarse cells."""

from __future__ import annotations

import numpy as np
import pytest
from scoring_world import make_world

from downbench_metrics.overall.patches import gather, patch_size, patch_sums


@pytest.mark.parametrize(("factor", "size"), [(1, 8), (2, 8), (3, 9), (5, 10), (8, 8), (12, 12)])
def test_a_patch_is_the_least_number_of_coarse_cells_that_spans_eight_cells(factor, size):
    assert patch_size(factor) == size


def test_gather_copies_one_patch_and_tells_of_gaps():
    rng = np.random.default_rng(0)
    truth = rng.random((2, 20, 24), np.float32)
    members = 2 * rng.random((3, 2, 20, 24), np.float32)
    out = np.empty((4, 64), np.float32)
    highest = gather(truth, members, 1, 5, 7, 8, out)
    here = (slice(5, 13), slice(7, 15))
    np.testing.assert_array_equal(out[0], truth[1][here].ravel())
    np.testing.assert_array_equal(out[1:], members[:, 1, *here].reshape(3, 64))
    assert highest == out.max()
    truth[1, 12, 14] = np.nan  # the last cell of the patch
    assert np.isnan(gather(truth, members, 1, 5, 7, 8, out))
    truth[1, 12, 14], truth[1, 13, 14] = 0, np.nan  # beside it
    assert np.isfinite(gather(truth, members, 1, 5, 7, 8, out))


def test_sums_weight_each_patch_by_its_area_and_leave_out_those_without_a_score():
    world = make_world(members=1, steps=(2,), tiles=1, size=40, hole=False)
    numbers = np.arange(1.0, 26).reshape(5, 5)

    def kernel(size, scores, start, stop):
        scores[start:stop] = numbers
        if start == 0:
            scores[0, 0, 0] = np.nan

    sums = patch_sums(world.chunk("s0", 0, 0, 2), "number", kernel)
    areas = world.grid.area[0].reshape(5, 8, 5, 8).sum(axis=(1, 3))
    whole, missing = (areas * numbers).sum(), areas[0, 0]
    assert sums["score"].values[:, 0] == pytest.approx([whole - missing, whole], rel=1e-6)
    assert sums["valid"].values[:, 0] == pytest.approx([areas.sum() - missing, areas.sum()], rel=1e-9)
