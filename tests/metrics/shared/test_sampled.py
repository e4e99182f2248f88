"""Sampled cells fall on all places of a coarse cell."""

from __future__ import annotations

import pytest

from downbench_metrics.shared.sampled import stride


@pytest.mark.parametrize(
    ("size", "factor", "largest", "want"),
    [(96, 8, 32, 3), (384, 8, 32, 13), (32, 8, 32, 1), (64, 8, 32, 3), (96, 6, 32, 5), (96, 8, 16, 7)],
)
def test_sampled_cells_fall_on_all_places_of_a_coarse_cell(size, factor, largest, want):
    assert stride(size, factor, largest) == want
    assert {x % factor for x in range(0, size, want)} == set(range(factor))
