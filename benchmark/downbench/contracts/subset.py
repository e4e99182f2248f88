"""What the independent check of a metric is given: a few frames, truth and ensemble."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Windows = tuple[tuple[int, int, int], ...]


@dataclass(frozen=True)
class Subset:
    """Consecutive frames of one sequence in float64.

    Args:
        truth: (tile, time, y, x) in mm/h; NaN in each coarse cell that is not wholly valid.
        members: (member, tile, time, y, x) in mm/h; NaN where truth is.
        coarse: (tile, time, Y, X) in mm/h, as the method was given it.
        area: (tile, y, x), ones if unknown.
        factor: fine cells along the edge of a coarse cell.
        step_hours: between frames.
        windows: (tile, y0, x0) of the spectrum windows of the protocol.
        window_size: cells along their edge, None where no window fits.
        times: of the frames, (time,).
        time_bin: step at which histograms are stored; bins are counted from 1970.
    """

    truth: Array
    members: Array
    coarse: Array
    area: Array
    factor: int
    step_hours: float
    windows: Windows
    window_size: int | None
    times: NDArray[np.datetime64] = field(default_factory=lambda: np.empty(0, "datetime64[s]"))
    time_bin: np.timedelta64 = field(default_factory=lambda: np.timedelta64(1, "D"))

    @property
    def valid(self) -> NDArray[np.bool_]:
        """Scored cells (tile, time, y, x)."""
        return np.isfinite(self.truth)

    @property
    def weights(self) -> Array:
        """Area of each cell at each time (tile, time, y, x), zero where not scored."""
        return np.where(self.valid, self.area[:, None], 0.0)

    @property
    def pooled(self) -> tuple[Array, Array, Array]:
        """Truth (n,), members (m, n) and areas (n,) of all scored cells."""
        use = self.valid
        return self.truth[use], self.members[:, use], self.weights[use]

    def single_members(self) -> Iterator[Array]:
        """Members one by one (tile, time, y, x)."""
        yield from self.members
