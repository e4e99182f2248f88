"""Sums over zones and over pairs of cells against numpy in float64."""

from __future__ import annotations

import numpy as np
import pytest
from scoring_world import make_world

from downbench.contracts.grid import Zones
from downbench.scoring.kernels.sums import zone_pair_sums, zone_sums

WORLD = make_world(seed=9, members=2, steps=(6,), size=40)
REGIONS = np.stack([mask[1] for mask in WORLD.grid.regions.values()])  # (region, y, x) of tile 1
AREA, ZONES = WORLD.grid.area[1], WORLD.grid.zones(1)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, bool])
def test_sums_of_each_region(dtype):
    rng = np.random.default_rng(0)
    field = rng.gamma(0.5, 2, (6, 40, 40)).astype(dtype)
    use = rng.random(field.shape) < 0.8
    got = zone_sums(field, use, AREA, ZONES)
    want = np.einsum("tyx,ryx->tr", np.where(use, field, 0) * AREA, REGIONS)
    np.testing.assert_allclose(got, want, rtol=1e-12)


def test_cells_that_do_not_count_may_hold_anything():
    field = np.ones((1, 40, 40), np.float32)
    use = np.ones(field.shape, bool)
    field[0, 3, 4], field[0, 20, 20], use[0, 3, 4], use[0, 20, 20] = np.nan, np.inf, False, False
    want = AREA.sum() - AREA[3, 4] - AREA[20, 20]
    assert zone_sums(field, use, AREA, ZONES)[0, 0] == pytest.approx(want, rel=1e-12)


def test_small_values_beside_large_ones_are_not_lost():
    """The running sum is in float64: in float32 a million cells of 0.1 mm/h are off by a per cent."""
    field = np.full((1, 1000, 1000), 0.1, np.float32)
    zones = Zones(np.zeros(10**6, np.int64), np.array([[0, 10**6, 0]]), np.ones((1, 1)))
    got = zone_sums(field, np.ones(field.shape, bool), np.ones((1000, 1000)), zones)
    assert got[0, 0] == pytest.approx(1e6 * float(np.float32(0.1)), rel=1e-10)


@pytest.mark.parametrize("offset", [(0, 0), (0, 3), (2, 0), (2, 3), (39, 39)])
@pytest.mark.parametrize("steps", [0, 1])
def test_pairs_of_cells(offset, steps):
    """Each pair counts at its cell further down and right; pairs that lie over the edge count nowhere."""
    members = WORLD.members["s0"][:, 1]
    rows, columns = offset
    first, second = members[:, : 6 - steps], members[:, steps:]
    use = np.isfinite(second[0])
    use[:, :rows], use[:, :, :columns] = False, False
    before = np.full(first.shape, np.nan)
    before[:, :, rows:, columns:] = first[:, :, : 40 - rows, : 40 - columns]
    use &= np.isfinite(before[0])
    got = zone_pair_sums(members, members, 0, steps, use, offset, AREA, ZONES)
    a, b = (np.where(use, each, 0).astype(np.float64) for each in (before, second))
    weight = use * AREA
    terms = np.stack(
        [np.broadcast_to(weight, a.shape), *(weight * f for f in (a, b, a * a, b * b, a * b))], -1
    )
    want = np.einsum("mtyxk,ryx->trmk", terms, REGIONS)
    np.testing.assert_allclose(got, want, rtol=1e-9, atol=1e-9 * abs(want).max())
