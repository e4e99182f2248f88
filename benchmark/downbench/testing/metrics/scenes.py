"""Truth and forecasts that metrics are checked on: two tiles with holes, two regions, two sequences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from downbench.contracts.grid import Grid
from downbench.resampling import block_mean
from downbench.scoring.chunk import TileChunk
from downbench.scoring.grid import make_grid

SIZE, FACTOR, TILES, STEPS, MEMBERS = 40, 8, 2, (11, 6), 4
STEP, DAY = np.timedelta64(3, "h"), np.timedelta64(1, "D")
FIRST = np.datetime64("2016-02-28T21:00:00")  # the days after it lie in two seasons
WHOLE, HALF = "whole", "half"  # regions: every cell, so the same as ``all``; and the upper half
Rain = NDArray[np.float32]
FORECASTS = ("perfect", "drawn", "twice", "moved", "shuffled", "dry")
Cut = tuple[str, int, int, int]  # sequence, tile, first frame and the one after the last


@dataclass(frozen=True)
class Scene:
    """Truth and a forecast of it.

    Args:
        grid: of both tiles.
        truth: sequence to (tile, time, y, x).
        members: sequence to (member, tile, time, y, x).
        first: time of the first frame.
        step: time between frames.
    """

    grid: Grid
    truth: dict[str, Rain]
    members: dict[str, Rain]
    first: np.datetime64 = FIRST
    step: np.timedelta64 = STEP

    @property
    def frames(self) -> list[tuple[str, NDArray[np.datetime64]]]:
        """Name and times of each sequence."""
        return [
            (name, self.first + np.arange(rain.shape[1]) * self.step) for name, rain in self.truth.items()
        ]

    @property
    def count(self) -> int:
        """Number of members."""
        return len(next(iter(self.members.values())))

    def cuts(self, length: int) -> list[Cut]:
        """Chunks of at most so many frames that make up the scene."""
        return [
            (name, tile, start, min(start + length, len(times)))
            for name, times in self.frames
            for tile in range(len(self.truth[name]))
            for start in range(0, len(times), length)
        ]

    def chunk(self, cut: Cut, past: int, other_past: bool = False) -> TileChunk:
        """A chunk with the frames before it, or with other ones in their place."""
        name, tile, start, stop = cut
        before = slice(max(start - past, 0), start)
        truth, members = self.truth[name][tile], self.members[name][:, tile]
        earlier, earlier_members = truth[before], members[:, before]
        if other_past:
            earlier, earlier_members = earlier[:, ::-1] + 1, earlier_members[:, :, ::-1] + 2
        return TileChunk(
            truth[start:stop],
            members[:, start:stop],
            dict(self.frames)[name][start:stop],
            name,
            tile,
            self.grid,
            earlier,
            earlier_members,
            block_mean(truth[start:stop], FACTOR),
        )


def rain(random: np.random.Generator, shape: tuple[int, ...], weather: Rain | None = None) -> Rain:
    """Heavy-tailed rain [mm/h] (..., time, y, x), half of it dry, smooth in space and time."""
    noise = gaussian_filter(random.standard_normal(shape, np.float32), (*(0,) * (len(shape) - 3), 1, 2, 2))
    noise /= noise.std()
    if weather is not None:
        noise = 0.7 * noise + 0.714 * weather
    return (2 * np.maximum(noise - 0.2, 0) ** 2).astype(np.float32)


@cache
def scene(forecast: str, members: int = MEMBERS) -> Scene:
    """The truth with one of ``FORECASTS``."""
    truth: dict[str, Rain] = {}
    ensemble: dict[str, Rain] = {}
    for number, steps in enumerate(STEPS):
        random = np.random.default_rng(number)
        shape = (TILES, steps, SIZE, SIZE)
        weather = gaussian_filter(random.standard_normal(shape, np.float32), (0, 1, 2, 2))
        weather /= weather.std()
        true = rain(random, shape, weather)
        true[0, :, :8, :16] = np.nan
        true[1, steps // 2, 8:16, 8:16] = np.nan
        drawn = rain(random, (members, *shape), np.broadcast_to(weather, (members, *shape)))
        made = _FORECASTS[forecast](np.nan_to_num(true), drawn, random)
        made[:, np.isnan(true)] = np.nan
        truth[f"s{number}"], ensemble[f"s{number}"] = true, made
    return Scene(_grid(), truth, ensemble)


_FORECASTS: dict[str, Callable[[Rain, Rain, np.random.Generator], Rain]] = {
    "perfect": lambda true, drawn, random: np.broadcast_to(true, drawn.shape).copy(),
    "drawn": lambda true, drawn, random: drawn,
    "twice": lambda true, drawn, random: 2 * drawn,
    "moved": lambda true, drawn, random: np.roll(drawn, (5, 9), axis=(-2, -1)),
    "shuffled": lambda true, drawn, random: random.permuted(drawn.reshape(len(drawn), -1), axis=1).reshape(
        drawn.shape
    ),
    "dry": lambda true, drawn, random: np.zeros_like(drawn),
}


@cache
def _grid() -> Grid:
    covered = np.ones((TILES, SIZE // FACTOR, SIZE // FACTOR), bool)
    covered[0, 0, :2] = covered[1, 1, 1] = False
    dims = ("tile", "y", "x")
    upper = np.broadcast_to(np.arange(SIZE)[:, None] < SIZE // 2, (TILES, SIZE, SIZE))
    regions = {WHOLE: xr.DataArray(np.ones_like(upper), dims=dims), HALF: xr.DataArray(upper, dims=dims)}
    area = np.random.default_rng(9).uniform(5e8, 7e8, (TILES, SIZE, SIZE))
    return make_grid(xr.Dataset({"area": (dims, area)}), regions, covered, FACTOR, DAY, STEP, DAY)
