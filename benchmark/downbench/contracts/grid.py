"""What a metric may know of the grid that it works on: cell areas, regions and windows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from downbench.read_only import read_only

Corners = tuple[tuple[int, int], ...]


class Zones(NamedTuple):
    """A tile cut into zones that lie wholly inside or outside each region.

    ``runs`` (n, 3) are stretches (start, stop, zone) of flat cells; ``members`` (region, zone) is 1 where the
    zone lies in the region; ``label`` (cell,) is each cell's zone.
    """

    label: NDArray[np.int64]
    runs: NDArray[np.int64]
    members: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Grid:
    """The fine grid of a dataset as scoring sees it; made by :func:`downbench.scoring.grid.make_grid`.

    Args:
        area: cell areas [m2] (tile, y, x), ones if unknown.
        regions: masks (tile, y, x), ``"all"`` first.
        factor: fine cells along the edge of a coarse cell.
        windows: tile to corners (y0, x0) of its fully covered spectrum windows.
        window_size: cells along the edge of a window, None where no window fits.
        time_bin: step at which histograms and spectra are stored.
        step: time between frames.
        resampling_block: unit of the bootstrap; None gives no intervals.
        time_factor: fine frames in the time of a coarse one.
        points: whether its cells are places such as stations, which have no neighbours.
    """

    area: NDArray[np.float64]
    regions: Mapping[str, NDArray[np.bool_]]
    factor: int
    windows: Mapping[int, Corners]
    window_size: int | None
    time_bin: np.timedelta64
    step: np.timedelta64
    resampling_block: np.timedelta64 | None = None
    time_factor: int = 1
    points: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "area", read_only(self.area))
        regions = {name: read_only(np.asarray(mask)) for name, mask in self.regions.items()}
        object.__setattr__(self, "regions", regions)
        object.__setattr__(self, "zones", lru_cache(maxsize=None)(self._zones))

    def zones(self, tile: int) -> Zones:
        """Zones of a tile, worked out once."""
        return self._zones(tile)  # replaced by its cached form

    def _zones(self, tile: int) -> Zones:
        masks = np.stack([mask[tile].ravel() for mask in self.regions.values()])
        patterns, label = np.unique(masks, axis=1, return_inverse=True)
        label = label.ravel().astype(np.int64)
        starts = np.flatnonzero(np.diff(label, prepend=-1))
        stops = np.append(starts[1:], len(label))
        runs = np.stack([starts, stops, label[starts]], axis=1)
        return Zones(*map(read_only, (label, runs, patterns.astype(np.float64))))

    def __getstate__(self) -> dict:
        return {key: value for key, value in self.__dict__.items() if key != "zones"}

    def __setstate__(self, state: dict) -> None:
        self.__dict__.update(state)
        self.__post_init__()
