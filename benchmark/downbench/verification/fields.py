"""A few frames of a run, read for verification without any code of the scoring engine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
import zarr
from numpy.typing import NDArray

from downbench.contracts.dataset import Sequence

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Subset:
    """Consecutive frames of one sequence, all tiles, in float64.

    Args:
        truth: (tile, time, y, x) in mm/h; NaN in each coarse cell that is not wholly valid.
        members: (member, tile, time, y, x) in mm/h; NaN where truth is.
        coarse: (tile, time, Y, X) in mm/h, as the method was given it.
        area: (tile, y, x), ones if unknown.
        factor: fine cells along the edge of a coarse cell.
        windows: (tile, y0, x0) of the spectrum windows of the protocol.
        window_size: cells along their edge, None where no window fits.
    """

    truth: Array
    members: Array
    coarse: Array
    area: Array
    factor: int
    windows: tuple[tuple[int, int, int], ...]
    window_size: int | None

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


def read_subset(
    sequence: Sequence,
    predictions: Path,
    start: int,
    stop: int,
    factor: int,
    windows: tuple[tuple[int, int, int], ...],
    window_size: int | None,
) -> Subset:
    """Read frames ``start`` to ``stop`` of a sequence, truth as in the data and ensemble as in the run."""
    dims = ("tile", "time", "y", "x")
    fine = _values(sequence.fine.isel(time=slice(start, stop)), dims)
    rain = sequence.coarse["precipitation"].isel(time=slice(sequence.warmup + start, sequence.warmup + stop))
    coarse = _values(rain, dims)
    whole = np.isfinite(coarse)
    for dy in range(factor):
        for dx in range(factor):
            whole &= np.isfinite(fine[..., dy::factor, dx::factor])
    scored = np.kron(whole, np.ones((factor, factor), bool)).astype(bool)
    array: Any = zarr.open_group(predictions, mode="r")[sequence.name]
    members = np.asarray(array[:, start:stop]).astype(np.float64).swapaxes(1, 2)
    static = sequence.static
    shape = (fine.shape[0], *fine.shape[2:])
    area = _values(static["area"], ("tile", "y", "x")) if "area" in static else np.ones(shape)
    return Subset(
        np.where(scored, fine, np.nan),
        np.where(scored, members, np.nan),
        coarse,
        area,
        factor,
        windows,
        window_size,
    )


def _values(field: xr.DataArray, dims: tuple[str, ...]) -> Array:
    return field.transpose(*dims).to_numpy().astype(np.float32).astype(np.float64)
