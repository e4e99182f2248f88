"""A few frames of a run, read for verification without any code of the scoring engine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
import zarr
from numpy.typing import NDArray

from downbench.contracts.dataset import FieldSequence

Array = NDArray[np.float64]
Windows = tuple[tuple[int, int, int], ...]


class Cut(NamedTuple):
    """Consecutive frames of a sequence, and what of its tiles: ``rows`` and ``columns`` of fine cells."""

    sequence: int
    start: int
    stop: int
    tiles: tuple[int, ...]
    rows: slice
    columns: slice


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
    """

    truth: Array
    members: Array
    coarse: Array
    area: Array
    factor: int
    step_hours: float
    windows: Windows
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
    sequence: FieldSequence,
    predictions: Path,
    place: Cut,
    factor: int,
    windows: Windows,
    window_size: int | None,
) -> Subset:
    """Read some frames of a sequence, truth as in the data and ensemble as in the run.

    Args:
        sequence: that ``place`` names.
        predictions: the run's ensemble.
        place: what to read.
        factor: fine cells along the edge of a coarse cell.
        windows: of spectra, by the number of the tile in ``place``.
        window_size: cells along their edge.
    """
    dims, tiles = ("tile", "time", "y", "x"), list(place.tiles)
    here = (slice(None), slice(None), place.rows, place.columns)
    above = (*here[:2], *(slice(s.start // factor, s.stop // factor) for s in here[2:]))
    fine = _values(sequence.fine.isel(time=slice(place.start, place.stop), tile=tiles), dims)[here]
    shift = sequence.warmup
    rain = sequence.coarse["precipitation"].isel(
        time=slice(shift + place.start, shift + place.stop), tile=tiles
    )
    coarse = _values(rain, dims)[above]
    whole = np.isfinite(coarse)
    for dy in range(factor):
        for dx in range(factor):
            whole &= np.isfinite(fine[..., dy::factor, dx::factor])
    scored = np.kron(whole, np.ones((factor, factor), bool)).astype(bool)
    array: Any = zarr.open_group(predictions, mode="r")[sequence.name]
    members = np.stack([np.asarray(array[:, place.start : place.stop, tile]) for tile in tiles], axis=1)
    members = members[:, *here].astype(np.float64)
    static = sequence.static
    shape = (len(tiles), *sequence.fine.isel(tile=0, time=0).shape)
    area = np.ones(shape)
    if "area" in static:
        area = _values(static["area"].isel(tile=tiles), ("tile", "y", "x"))
    times = np.asarray(sequence.times[:2], "datetime64[s]").astype(np.int64)
    return Subset(
        np.where(scored, fine, np.nan),
        np.where(scored, members, np.nan),
        coarse,
        area[:, place.rows, place.columns],
        factor,
        float(np.diff(times)[0]) / 3600 if len(times) > 1 else float("nan"),
        windows,
        window_size,
    )


def _values(field: xr.DataArray, dims: tuple[str, ...]) -> Array:
    return field.transpose(*dims).to_numpy().astype(np.float32).astype(np.float64)
