"""How long rain, and differences between controls, remember: what gaps and resampling blocks are held to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from downbench import FieldSequence, block_bins, e_folding_time, upsample

KINDS: tuple[Literal["nearest", "bicubic"], ...] = ("nearest", "bicubic")
PIECE_BYTES = 64 << 20  # of fine rain in memory at once


def _pieces(fine: xr.DataArray) -> Iterator[slice]:
    frame = fine.nbytes // max(fine.sizes["time"], 1)
    at_once = max(1, PIECE_BYTES // max(frame, 1))
    for start in range(0, fine.sizes["time"], at_once):
        yield slice(start, start + at_once)


def rain_memory(rain: xr.DataArray, step: np.timedelta64) -> np.timedelta64:
    """E-folding time of the domain mean of rain (time, tile, y, x) whose frames are ``step`` apart."""
    means = [
        rain.isel(time=part).mean([dim for dim in rain.dims if dim != "time"]).to_numpy()
        for part in _pieces(rain)
    ]
    hours = e_folding_time(np.concatenate(means)) * float(step / np.timedelta64(1, "h"))
    return np.timedelta64(round(3600 * hours), "s")


def block_of_controls(
    sequences: Iterable[FieldSequence], factor: int, time_bin: np.timedelta64
) -> np.timedelta64:
    """Resampling block: at least three e-folding times of paired differences between two controls.

    The controls are nearest neighbour and bicubic interpolation, their difference is that of mean absolute
    errors by time bin: it follows from the truth alone, so that adding a run moves no interval.
    """
    parts = [_by_bin(sequence, factor, time_bin) for sequence in sequences]
    return max((block_bins(differences) for differences in parts), default=1) * time_bin


def _by_bin(sequence: FieldSequence, factor: int, time_bin: np.timedelta64) -> NDArray[np.float64]:
    """Mean absolute error of nearest neighbour less that of bicubic interpolation [mm/h], by time bin."""
    coarse = sequence.coarse["precipitation"].isel(time=slice(sequence.warmup, None))
    differences = []
    for part in _pieces(sequence.fine):
        fine = sequence.fine.isel(time=part).to_numpy().astype(np.float32)
        rain = coarse.isel(time=part).to_numpy().astype(np.float32)
        fields = (np.maximum(upsample(rain, factor, kind), 0) for kind in KINDS)
        errors = [np.abs(field - fine) for field in fields]
        valid = np.isfinite(errors[0]) & np.isfinite(errors[1])
        total = np.where(valid, errors[0] - errors[1], 0).sum(axis=(1, 2, 3), dtype=np.float64)
        differences.append(total / np.maximum(valid.sum(axis=(1, 2, 3)), 1))
    seconds = sequence.times.astype("datetime64[s]").astype(np.int64)
    bins = seconds // int(time_bin / np.timedelta64(1, "s"))
    _, slot = np.unique(bins, return_inverse=True)
    return np.bincount(slot, np.concatenate(differences)) / np.bincount(slot)
