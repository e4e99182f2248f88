"""Whether coarse rain fits the fine rain of the step before or after better than that of its own time."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from downbench import block_mean
from downbench_datasets.reading.record import RainRecord
from downbench_datasets.reading.settings import option

_FRAMES = 24  # that are looked at, spread over the record
_BYTES = 4 << 20  # of a fine frame; larger ones are not looked at
_BETTER, _GOOD = 0.2, 0.3  # what a correlation must gain, and be
_MOVED = {1: ("end", "start"), -1: ("start", "end")}  # of the coarse rain; of the fine the other way


def shift_note(
    coarse: xr.DataArray, fine: xr.DataArray, factor: int, source: RainRecord, record: RainRecord
) -> str | None:
    """A note where all tells that times of both sides stand at different ends of their intervals.

    Args:
        coarse: rain on blocks (time, tile, Y, X) [mm/h].
        fine: rain in as many frames (time, tile, y, x) [mm/h].
        factor: fine cells along the edge of a block.
        source: that the coarse rain comes from.
        record: that the fine rain comes from.
    """
    count = fine.sizes["time"]
    if count < 4 or fine.nbytes / count > _BYTES:
        return None
    steps = np.diff(fine["time"].to_numpy())
    even = np.flatnonzero((steps[1:] == steps[:-1]) & (steps[1:] == np.median(steps))) + 1
    if not len(even):
        return None
    chosen = even[np.unique(np.linspace(0, len(even) - 1, _FRAMES).astype(int))]
    own = coarse.isel(time=chosen).to_numpy()
    fits = {
        shift: _correlation(own, block_mean(fine.isel(time=chosen + shift).to_numpy(), factor))
        for shift in (0, 1, -1)
    }
    best = max(fits, key=lambda shift: fits[shift])
    if fits[best] < max(_GOOD, fits[0] + _BETTER):
        return None
    way = "later" if best > 0 else "earlier"
    return (
        f"coarse rain fits the fine rain of the step {way} much better (correlation {fits[best]:.2f}) than "
        f"that of its own time ({fits[0]:.2f}): {_remedy(best, source, record)}"
    )


def _remedy(shift: int, source: RainRecord, record: RainRecord) -> str:
    """Which settings move the times of one side so."""
    ways = []
    before, after = _MOVED[shift]
    if source.stamp == before and not source.bounds_stated:
        ways.append(option("coarse_reading", f"{{stamp: {after}}}"))
    if record.stamp == after and not record.bounds_stated:
        ways.append(option("stamp", before))
    return f"{' or '.join(ways)} may mend it" if ways else "are the times of both right?"


def _correlation(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    both = np.isfinite(one) & np.isfinite(other)
    a, b = one[both].astype(float), other[both].astype(float)
    return float(np.corrcoef(a, b)[0, 1]) if len(a) > 1 and a.std() > 0 and b.std() > 0 else 0.0
