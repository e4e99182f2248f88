"""What a metric may ask of a chunk: fields, shared statistics, and the frames before it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from downbench.contracts.grid import Grid
from downbench.contracts.statistic import Statistic

Which = Literal["truth", "ensemble"]
Lag = tuple[int, int, int]
T = TypeVar("T")


class Chunk(ABC):
    """Truth and ensemble of one tile over a stretch of time.

    Metrics get chunks and never make one. All fields are float32 in mm/h.

    Attributes:
        truth: (time, y, x); NaN where nothing is scored.
        members: (member, time, y, x); whatever stands where truth is NaN is left out.
        coarse: (time, Y, X), the coarse precipitation that the method was given, None without it.
        past_truth: (k, y, x), the k frames right before; fewer or none at the start of a sequence.
        past_members: (member, k, y, x), the same frames.
        mask: (time, y, x), the cells that are scored.
        times: (time,) datetime64 of the frames.
        index: (time,), number of each frame, counted from the start of its sequence.
        sequence: name of the sequence that the frames belong to.
        tile: index of the tile.
        grid: of the split, all tiles.
        info: what values may need to know of the grid: ``factor``, ``time_factor``, ``step_hours``,
            ``window_size`` [cells] and ``wavenumber`` [cycles per cell]; the last two are None where no
            window fits.
    """

    truth: NDArray[np.float32]
    members: NDArray[np.float32]
    coarse: NDArray[np.float32] | None
    past_truth: NDArray[np.float32]
    past_members: NDArray[np.float32]
    mask: NDArray[np.bool_]
    times: NDArray[np.datetime64]
    index: NDArray[np.int64]
    sequence: str
    tile: int
    grid: Grid
    info: Mapping[str, Any]

    # Fields, each worked out at most once

    @property
    @abstractmethod
    def crps(self) -> NDArray[np.float32]:
        """Fair CRPS [mm/h] (time, y, x); the absolute error for one member."""

    @property
    @abstractmethod
    def mean(self) -> NDArray[np.float32]:
        """Ensemble mean [mm/h] (time, y, x)."""

    @property
    @abstractmethod
    def variance(self) -> NDArray[np.float32]:
        """Unbiased ensemble variance [(mm/h)2] (time, y, x); zero for one member."""

    @property
    @abstractmethod
    def rank(self) -> tuple[NDArray[np.uint16], NDArray[np.uint16]]:
        """How many members lie below the truth, and how many are equal to it, each (time, y, x)."""

    @property
    @abstractmethod
    def bins(self) -> NDArray[np.datetime64]:
        """Start of each frame's time bin, (time,)."""

    # Additive statistics, weighted by area and split by region

    @abstractmethod
    def sum(self, field: NDArray, name: str = "", where: NDArray[np.bool_] | None = None) -> Statistic:
        """Area-weighted sum of a field over valid cells, per step.

        Args:
            field: (time, y, x), or (..., time, y, x) whose leading axes come last in the result.
            name: under which several metrics share it; the field must then be the same for all of them.
            where: further cells (time, y, x) to leave out where False, for instance frames without a past.

        Returns:
            Values (time, region, ...).
        """

    @abstractmethod
    def weight(self) -> Statistic:
        """Area [m2, or cells] of valid cells, per step (time, region)."""

    @abstractmethod
    def count(self) -> Statistic:
        """Number of valid cells, per step (time, region)."""

    @abstractmethod
    def histogram(self, which: Which | NDArray[np.float32], name: str = "") -> Statistic:
        """Histogram of truth, ensemble or an array (member, time, y, x), per time bin.

        Returns:
            (bin, region, 3, nbins): weights (area; members pooled with area / m), weighted sums of values and
            plain counts; ``downbench.histogram_edges`` has the edges in mm/h.
        """

    @abstractmethod
    def spectrum(self, which: Which | NDArray[np.float32], name: str = "") -> Statistic:
        """Radial spectrum of truth, ensemble or an array (member, time, y, x), per time bin.

        Returns:
            (bin, 1, member, 2, k): power added up and number of modes, over the grid's windows; one member
            for the truth, and no k where no window fits.
        """

    @abstractmethod
    def ranks(self) -> Statistic:
        """Rank histogram per step (time, region, m + 1); ties spread evenly over the tied ranks."""

    @abstractmethod
    def pairs(self, which: Which, lag: Lag) -> Statistic:
        """Sums over pairs of cells ``lag`` = (steps, rows, columns) apart, for correlations, per step.

        A pair counts at the time, region and area of its later frame and of its cell further down and right,
        and only where both cells are valid; steps is 0 or 1, rows and columns are 0 or above.

        Returns:
            (time, region, member, 6): weight, and weighted sums of a, b, a2, b2 and ab; b is the later one.
        """

    # What metrics work out themselves

    @abstractmethod
    def with_past(self, frames: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Truth (frames + time, y, x) and members with so many frames before, NaN where there are none."""

    @abstractmethod
    def shared(self, key: object, work: Callable[[], T]) -> T:
        """Return what ``work`` gives, worked out once for all metrics that ask under the same key."""
