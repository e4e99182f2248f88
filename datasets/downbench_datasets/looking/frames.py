"""Numbers of every frame of a record, read a few frames at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter

from downbench import DownbenchError

PIECE = 32 << 20  # bytes read at a time
SPIKE, ABOVE = 20.0, 10.0  # mm/h, and times the next highest of its neighbours
_EQUAL = 1e-6  # of a value: the rounding of float32
_MOST = 20  # spikes and messages that are kept


@dataclass
class FrameNumbers:
    """What a walk through a record has seen.

    Args:
        valid: share of valid cells of each frame.
        mean: mm/h of each frame, NaN where nothing is valid.
        peak: mm/h.
        peak_cells: how many cells of each frame have its peak.
        below: mm/h, the highest value of each frame that is not its peak.
        repeats: frames that are equal to the one before, in every cell and not dry.
        spikes: (frame, tile, y, x, mm/h) of the first cells that stand alone.
        spike_count: number of all of them.
        unreadable: frame and reason.
        remedy: what may help where the first of them cannot be read.
    """

    valid: NDArray[np.float64]
    mean: NDArray[np.float64]
    peak: NDArray[np.float64]
    peak_cells: NDArray[np.int64]
    below: NDArray[np.float64]
    repeats: list[int] = field(default_factory=list)
    spikes: list[tuple[int, int, int, int, float]] = field(default_factory=list)
    spike_count: int = 0
    unreadable: list[tuple[int, str]] = field(default_factory=list)
    remedy: str = ""


def pieces(rain: xr.DataArray) -> Iterator[tuple[int, int]]:
    """Stretches [first, end) of a record that are read at once."""
    frame = max(1, rain.nbytes // max(1, rain.sizes["time"]))
    step = max(1, PIECE // frame)
    for start in range(0, rain.sizes["time"], step):
        yield start, min(start + step, rain.sizes["time"])


def walk(rain: xr.DataArray) -> FrameNumbers:
    """Go through all frames (time, tile, y, x) once."""
    frames = rain.sizes["time"]
    valid, mean, peak, below = (np.full(frames, np.nan) for _ in range(4))
    numbers = FrameNumbers(valid, mean, peak, np.zeros(frames, int), below)
    before: NDArray[np.float32] | None = None
    for start, end in pieces(rain):
        for k, values in _read(rain, start, end, numbers):
            _note(values, k, before, numbers)
            before = values
    return numbers


def _read(
    rain: xr.DataArray, start: int, end: int, numbers: FrameNumbers
) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Frames of a stretch; where it cannot be read, one by one, and what is wrong is noted."""
    try:
        yield from enumerate(rain.isel(time=slice(start, end)).to_numpy(), start)
        return
    except DownbenchError as error:
        if end - start == 1:
            _refuse(numbers, start, error)
            return
    for k in range(start, end):
        try:
            yield k, rain.isel(time=k).to_numpy()
        except DownbenchError as error:
            _refuse(numbers, k, error)


def _refuse(numbers: FrameNumbers, k: int, error: DownbenchError) -> None:
    if not numbers.unreadable:
        numbers.remedy = error.hint
    numbers.unreadable.append((k, error.message))


def _note(
    values: NDArray[np.float32], k: int, before: NDArray[np.float32] | None, numbers: FrameNumbers
) -> None:
    finite = np.isfinite(values)
    numbers.valid[k] = finite.mean()
    if not finite.any():
        return
    numbers.mean[k] = values[finite].mean(dtype=np.float64)
    numbers.peak[k] = values[finite].max()
    at_peak = values >= numbers.peak[k] * (1 - _EQUAL)
    numbers.peak_cells[k] = np.count_nonzero(at_peak)
    numbers.below[k] = np.max(values, initial=-np.inf, where=finite & ~at_peak)
    if before is not None and numbers.peak[k] > 0 and np.array_equal(values, before, equal_nan=True):
        numbers.repeats.append(k)
    if numbers.peak[k] > SPIKE:
        _find_spikes(values, k, numbers)


def _find_spikes(values: NDArray[np.float32], k: int, numbers: FrameNumbers) -> None:
    """Cells above 20 mm/h and ten times the highest of their eight neighbours."""
    ring = np.ones((3, 3), bool)
    ring[1, 1] = False
    for tile, field_ in enumerate(values):
        around = maximum_filter(np.nan_to_num(field_), footprint=ring, mode="constant")
        alone = np.argwhere((field_ > SPIKE) & (field_ > ABOVE * around))
        numbers.spike_count += len(alone)
        room = _MOST - len(numbers.spikes)
        numbers.spikes += [(k, tile, int(y), int(x), float(field_[y, x])) for y, x in alone[:room]]
