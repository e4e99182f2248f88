"""What the check of a metric gets: cells that count, their areas, and all of them pooled."""

from __future__ import annotations

import numpy as np
import pytest

from downbench.contracts.subset import Subset


def subset():
    random = np.random.default_rng(0)
    truth = random.random((2, 3, 4, 4))
    truth[0, 1, :2, :2] = np.nan
    members = np.where(np.isfinite(truth), random.random((5, *truth.shape)), np.nan)
    area = random.uniform(1, 2, (2, 4, 4))
    return Subset(truth, members, truth[..., ::2, ::2], area, 2, 3.0, (), None)


def test_missing_cells_weigh_nothing():
    one = subset()
    whole = 3 * one.area.sum()
    assert one.weights.sum() == pytest.approx(whole - one.area[0, :2, :2].sum(), rel=1e-12)
    np.testing.assert_array_equal(one.weights > 0, one.valid)


def test_pooled_cells_keep_truth_members_and_areas_together():
    one = subset()
    truth, members, areas = one.pooled
    assert truth.shape == areas.shape == (2 * 3 * 16 - 4,)
    number = 70  # any cell: found again by its value
    tile, time, y, x = np.argwhere(one.truth == truth[number])[0]
    np.testing.assert_array_equal(members[:, number], one.members[:, tile, time, y, x])
    assert areas[number] == one.area[tile, y, x]


def test_members_come_one_by_one():
    one = subset()
    for member, field in enumerate(one.single_members()):
        np.testing.assert_array_equal(field, one.members[member])
