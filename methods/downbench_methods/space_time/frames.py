"""Coarse frames at the times of the fine ones, and totals over both."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from downbench import FieldSequence
from downbench_methods.fields.mass import conserve

Array = NDArray[np.float32]
PHASE = "phase_of_frame"
LIGHT = 0.1  # mm/h at which neighbouring rain turns from linear to logarithmic


def neighbour(shift: int) -> str:
    """Name of the coarse rain so many coarse frames later, or earlier."""
    return f"precipitation_{shift:+d}"


def derived(context: int) -> tuple[str, ...]:
    """Names of what :func:`at_fine_times` adds."""
    shifts = (s for k in range(1, context + 1) for s in (-k, k))
    return (*map(neighbour, shifts), PHASE)


def at_fine_times(coarse: xr.Dataset, times: NDArray[Any], factor: int, context: int) -> xr.Dataset:
    """Repeat each coarse frame for its fine ones, and tell these where they are.

    Added are the rain of ``context`` coarse frames before and after (its logarithm; the first and the last
    stand for those beyond; where frames are as long as coarse ones, a clip shows those around, and each frame
    stands for its neighbours), and the phase: where in its coarse frame a fine one lies, from -1/2 to 1/2.

    Args:
        coarse: fields (time, ..., y, x).
        times: of the fine frames, ``factor`` for each coarse one.
    """
    frames = coarse.sizes["time"]
    own = np.arange(frames).repeat(factor)
    rain = coarse["precipitation"]
    logarithm = xr.apply_ufunc(np.log1p, rain.clip(min=0) / LIGHT, dask="allowed").astype(np.float32)
    added: dict[str, Any] = {}
    for k in range(1, context + 1):
        for shift in (-k, k):
            seen = shift if factor > 1 else 0
            there = np.clip(own + seen, 0, frames - 1)
            added[neighbour(shift)] = logarithm.isel(time=there).variable
    phase = np.tile((np.arange(factor, dtype=np.float32) + 0.5) / factor - 0.5, frames)
    out = coarse.isel(time=own)
    added[PHASE] = (out["precipitation"] * 0 + xr.DataArray(phase, dims="time")).fillna(0.0)
    added[PHASE] = added[PHASE].astype(np.float32).transpose(*rain.dims).variable
    return out.assign(added).assign_coords(time=("time", times, dict(coarse["time"].attrs)))


def sequence_at_fine_times(sequence: FieldSequence, context: int) -> FieldSequence:
    """A sequence whose coarse frames are as many as its fine ones."""
    factor, coarse_times = sequence.time_factor, sequence.coarse["time"].to_numpy()
    step = _step(sequence)
    times = (coarse_times[:, None] - np.arange(factor - 1, -1, -1) * step).ravel()
    coarse = at_fine_times(sequence.coarse, times, factor, context)
    return replace(sequence, coarse=coarse, warmup=sequence.warmup * factor, time_factor=1)


def _step(sequence: FieldSequence) -> np.timedelta64:
    times = sequence.times
    step: np.timedelta64 = times[1] - times[0] if len(times) > 1 else np.timedelta64(1, "h")
    return step


def keep_totals(rain: Array, coarse: Array, factor: int, area: NDArray[Any] | None) -> Array:
    """Scale rain so that the mean over the cells and frames of each coarse one is the coarse rain.

    The time mean is scaled as that of single frames is (:func:`conserve`), and all frames with it.

    Args:
        rain: mm/h, (member, frames, y, x), not negative; frames are a multiple of those of ``coarse``.
        coarse: mm/h, (coarse frames, Y, X).
        factor: fine cells along the edge of a coarse cell.
        area: of the fine cells (y, x), any unit; None is equal areas.
    """
    members, frames, *size = rain.shape
    parts = rain.reshape(members, len(coarse), frames // len(coarse), *size)
    mean = parts.mean(2)
    wanted = conserve(mean, coarse, factor, area)
    dry = mean <= 0
    ratio = (wanted / np.where(dry, 1, mean))[:, :, None]
    scaled = np.where(dry[:, :, None], wanted[:, :, None], parts * ratio)
    return scaled.reshape(rain.shape).astype(np.float32)
