"""Sums over zones make the sums over regions, whatever the threads and the bins."""

from __future__ import annotations

import numpy as np
import pytest
from scoring_world import make_world

from downbench_metrics.shared.zones import added_up, by_region, flat, time_slots, zone_count

WORLD = make_world(seed=6, members=2, steps=(13,), size=40)


def test_slots_number_the_days_that_a_chunk_touches():
    """Three-hourly frames from 21 UTC: one on the first day, eight on the second, four on the third."""
    count, slot = time_slots(WORLD.chunk("s0", 0, 0, 13))
    assert count == 3
    assert slot.tolist() == [0] + [1] * 8 + [2] * 4
    assert time_slots(WORLD.chunk("s0", 0, 2, 5))[1].tolist() == [0, 0, 0]


@pytest.mark.parametrize("threads", [1, 13])
def test_what_threads_add_is_the_whole(threads, monkeypatch):
    chunk, stretches = WORLD.chunk("s0", 0, 0, 13), []
    monkeypatch.setattr("downbench_metrics.shared.zones.frames_per_thread", lambda chunk: -(-13 // threads))

    def kernel(out, start, stop):
        stretches.append((start, stop))
        out += sum(range(start, stop))

    np.testing.assert_array_equal(added_up(chunk, (2, 3), kernel), np.full((2, 3), 78.0))
    assert sum(stop - start for start, stop in stretches) == 13


def test_regions_are_sums_of_zones():
    """Each cell has one zone and each region is made of whole zones, also where regions overlap."""
    chunk, area = WORLD.chunk("s0", 1, 0, 13), WORLD.grid.area[1].ravel()
    zones = WORLD.grid.zones(1)
    of_zone = np.bincount(zones.label, area, zone_count(chunk))
    got = by_region(chunk, of_zone[None])
    want = [area[flat(region[1])].sum() for region in WORLD.grid.regions.values()]
    np.testing.assert_allclose(got, [want], rtol=1e-9)
    assert want[0] > want[1] > 0
