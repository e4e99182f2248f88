"""Errors of re-coarsened rain by region, against their definition cell by cell."""

from __future__ import annotations

import numpy as np
import pytest
from scoring_world import FACTOR, make_world

from downbench_metrics.mass.recoarsening import Recoarsening

WORLD = make_world(seed=3, members=3, steps=(6,))


@pytest.mark.parametrize("own", [True, False], ids=["coarse rain of its own", "mean of the truth"])
@pytest.mark.parametrize("tile", [0, 1])
def test_each_fine_cell_that_is_scored_counts_in_its_regions(tile: int, own: bool) -> None:
    name = WORLD.frames[0][0]
    chunk = WORLD.chunk(name, tile, 1, 5)
    if not own:
        chunk.coarse = None
    area, blank = WORLD.grid.area[tile], np.random.default_rng(tile).random(chunk.mask.shape) < 0.1
    chunk.mask = chunk.mask & ~blank  # a part of a coarse cell is not scored
    inside = {name: where[tile] for name, where in WORLD.grid.regions.items()}
    found = Recoarsening().statistics(chunk)
    sums, areas = np.zeros(found["error"].values.shape), np.zeros(found["valid"].values.shape)
    _, ny, nx = chunk.truth.shape
    for t in range(4):
        for y, x in np.ndindex(ny, nx):
            block = (
                slice(y - y % FACTOR, y - y % FACTOR + FACTOR),
                slice(x - x % FACTOR, x - x % FACTOR + FACTOR),
            )
            weights = area[block]

            def mean(field: np.ndarray, block=block, weights=weights) -> float:
                return float(np.average(field[block].astype(np.float64), weights=weights))

            given = (
                float(WORLD.coarse[name][tile][1 + t, y // FACTOR, x // FACTOR])
                if own
                else mean(chunk.truth[t])
            )
            errors = [(mean(member[t]) - given) ** 2 for member in chunk.members]
            if not chunk.mask[t, y, x] or not np.isfinite(errors[0]):
                continue
            for r, where in enumerate(inside.values()):
                sums[t, r] += area[y, x] * where[y, x] * np.array(errors)
                areas[t, r] += area[y, x] * where[y, x]
    # the mean of the truth is kept in single precision
    np.testing.assert_allclose(found["error"].values, sums, rtol=1e-12 if own else 1e-6)
    np.testing.assert_allclose(found["valid"].values, areas, rtol=1e-12)
    assert len(inside) > 1
