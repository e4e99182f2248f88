"""A small world to score: two tiles with a hole, areas, regions and two sequences over several days."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from downbench.contracts.grid import Grid
from downbench.scoring.chunk import TileChunk
from downbench.scoring.engine import Accumulator
from downbench.scoring.grid import make_grid

STEP, DAY = np.timedelta64(3, "h"), np.timedelta64(1, "D")
FACTOR, SIZE = 8, 40
LOOK_BACK = 16  # frames, as many as any metric looks back


def rain(rng, shape, dry=0.7):
    """Heavy-tailed rain (mm/h, float32) of which a share ``dry`` is exactly zero."""
    values = rng.lognormal(-0.5, 1.3, shape).astype(np.float32)
    values[rng.random(shape) < dry] = 0
    return values


def plain_grid(size=SIZE, tiles=1, step=STEP, block=DAY, coverage=None):
    """Equal cells, no regions."""
    covered = np.ones((tiles, size // FACTOR, size // FACTOR), bool) if coverage is None else coverage
    return make_grid(xr.Dataset(), {}, covered, FACTOR, DAY, step, block)


@dataclass
class World:
    """Truth, members and coarse rain of each sequence: (tile, time, y, x), members in front."""

    grid: Grid
    frames: list
    truth: dict
    members: dict
    coarse: dict

    def chunk(self, sequence, tile, start, stop, past=LOOK_BACK):
        """A chunk with the frames before it, as far as the sequence has any."""
        times = dict(self.frames)[sequence]
        before, coarse = slice(max(start - past, 0), start), self.coarse.get(sequence)
        truth, members = self.truth[sequence][tile], self.members[sequence][:, tile]
        return TileChunk(
            truth[start:stop],
            members[:, start:stop],
            times[start:stop],
            sequence,
            tile,
            self.grid,
            truth[before],
            members[:, before],
            None if coarse is None else coarse[tile][start:stop],
        )

    def cuts(self, length):
        """All (sequence, tile, start, stop) for chunks of at most ``length`` frames."""
        return [
            (name, tile, start, min(start + length, len(times)))
            for name, times in self.frames
            for tile in range(len(self.grid.area))
            for start in range(0, len(times), length)
        ]

    def score(self, metrics, length=10**6, order=None, past=LOOK_BACK):
        """Statistics of all chunks of a length, in an order."""
        accumulator = self.accumulator(metrics)
        cuts = self.cuts(length)
        for i in range(len(cuts)) if order is None else order(len(cuts)):
            accumulator.add(self.chunk(*cuts[i], past=past))
        return accumulator.statistics()

    def pooled(self, region="all"):
        """Truth (n,), members (m, n) and areas (n,) of all valid cells of a region, float64."""
        truth, members, areas = [], [], []
        for name, _ in self.frames:
            for tile, area in enumerate(self.grid.area):
                y = self.truth[name][tile]
                use = np.isfinite(y) & self.grid.regions[region][tile]
                truth.append(y[use])
                members.append(self.members[name][:, tile][:, use])
                areas.append(np.broadcast_to(area, y.shape)[use])
        return (
            np.concatenate(truth).astype(np.float64),
            np.concatenate(members, axis=1).astype(np.float64),
            np.concatenate(areas),
        )

    def accumulator(self, metrics):
        """An empty accumulator."""
        members = len(next(iter(self.members.values())))
        return Accumulator(metrics, self.grid, self.frames, members)


def make_world(seed=0, members=3, steps=(21, 9), tiles=2, size=SIZE, hole=True, dry=0.7, equal_areas=False):
    """Rain of which each frame resembles the one before; some coarse cells are never or not always valid."""
    rng = np.random.default_rng(seed)
    coverage = np.ones((tiles, size // FACTOR, size // FACTOR), bool)
    if hole:
        coverage[0, 0, 0] = coverage[0, 0, 1] = coverage[1 % tiles, 1, 1] = False
    y, x = np.mgrid[:size, :size]
    north = np.broadcast_to(y < size // 2, (tiles, size, size))
    blob = np.broadcast_to((y - 12) ** 2 + (x - 20) ** 2 < 150, (tiles, size, size))
    regions = {
        "north": xr.DataArray(north, dims=("tile", "y", "x")),
        "blob": xr.DataArray(blob, dims=("tile", "y", "x")),
    }
    area = rng.uniform(5e8, 7e8, (tiles, size, size))
    static = xr.Dataset({"area": (("tile", "y", "x"), np.ones_like(area) if equal_areas else area)})
    grid = make_grid(static, regions, coverage, FACTOR, DAY, STEP, DAY)
    frames, truth, ensemble, coarse = [], {}, {}, {}
    for i, count in enumerate(steps):
        name = f"s{i}"
        times = np.datetime64("2016-02-28T21:00:00") + np.arange(count) * STEP  # two seasons
        true = rain(rng, (tiles, count, size, size), dry)
        true[:, 1:] = np.maximum(true[:, 1:], 0.5 * true[:, :-1])
        sampled = rain(rng, (members, tiles, count, size, size), dry) * np.float32(0.8)
        sampled[0, ..., ::3] = true[..., ::3]  # ties above zero too
        if hole:
            true[0, :, :8, :16] = np.nan
            true[1 % tiles, count // 2, 8:16, 8:16] = np.nan
        sampled[:, np.isnan(true)] = np.nan
        frames.append((name, times))
        truth[name], ensemble[name] = true, sampled
        blocks = true.reshape(tiles, count, size // FACTOR, FACTOR, size // FACTOR, FACTOR).mean(axis=(3, 5))
        coarse[name] = blocks
    return World(grid, frames, truth, ensemble, coarse)
