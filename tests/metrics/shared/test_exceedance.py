"""Counts of exceeding members against plain counting."""

from __future__ import annotations

import numpy as np
import pytest
from scoring_world import make_world

from downbench_metrics.shared.exceedance import exceedances
from downbench_metrics.shared.thresholds import THRESHOLDS

WORLD = make_world(seed=4, members=3, steps=(11,), size=40)  # 1,600 cells: four blocks of the kernel


@pytest.mark.parametrize("region", ["all", "blob"])
def test_area_by_exceeding_members_and_event(region):
    table = exceedances(WORLD.chunk("s0", 0, 0, 11)).values.sum(axis=0)
    table = table[list(WORLD.grid.regions).index(region)]
    truth, members = WORLD.truth["s0"][0], WORLD.members["s0"][:, 0]
    use = np.isfinite(truth) & WORLD.grid.regions[region][0]
    area = np.broadcast_to(WORLD.grid.area[0], truth.shape)[use]
    for number, threshold in enumerate(np.float32(THRESHOLDS)):
        for count in range(4):
            for event in (False, True):
                cell = ((members > threshold).sum(axis=0)[use] == count) & ((truth[use] > threshold) == event)
                assert table[number, count, int(event)] == pytest.approx(area[cell].sum(), rel=1e-9)


def test_a_value_on_the_threshold_does_not_exceed_it():
    world = make_world(members=2, steps=(1,), tiles=1, size=16, hole=False)
    world.truth["s0"][...] = world.members["s0"][...] = 1.0
    table = exceedances(world.chunk("s0", 0, 0, 1)).values[0, 0]
    whole = world.grid.area.sum()
    assert table[THRESHOLDS.index(1.0), 0, 0] == pytest.approx(whole)
    assert table[THRESHOLDS.index(0.1), 2, 1] == pytest.approx(whole)
