"""Times and bounds that miss an even step by the rounding of their numbers: set to it, and said."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from downbench import calendar_of, elapsed_seconds

_OFF = 0.1  # of a step: how far times may lie from an even line
_UNEVEN = 0.05  # share of steps that differ from the usual one, from which times are rounded and not gappy
_LONGEST = 28 * 86400  # s: months are not even
_ROUNDED = 600  # s: the most that bounds of a long step may be off; days in float32 since 1800 are by 338
_CLOCKS = (86400, 3600, 1800, 900, 600, 300, 60, 1)  # s: what steps and first times are multiples of


def even_times(field: xr.DataArray) -> tuple[xr.DataArray, str | None]:
    """A field at even times, and a note; as it is where its times are even, or uneven in earnest.

    Days in float32 since 1900 are off by up to three minutes, and instruments by seconds. Bounds may be so
    beside times that are not.

    Args:
        field: with times, and with coordinates ``start`` and ``end``, which are set to the same clock.
    """
    times = field["time"].to_numpy().astype("datetime64[s]")
    seconds = elapsed_seconds(times, calendar_of(field["time"]))
    even = _even(seconds) if len(seconds) > 3 else None
    if even is None:
        return _with_even_bounds(field, times, seconds)
    target, step = even
    off = target - seconds
    if not off.any():
        return _with_even_bounds(field, times, seconds)
    moved = field.assign_coords(
        time=xr.Variable("time", times + off.astype("timedelta64[s]"), field["time"].attrs)
    )
    for name in ("start", "end"):
        ends = field[name].to_numpy().astype("datetime64[s]")
        if not np.isnat(ends).any():
            moved = moved.assign_coords({name: ("time", _on_clock(ends, moved["time"].to_numpy(), step))})
    worst = int(np.abs(off).max())
    return moved, f"times lie up to {worst} s off an even step of {step / 60:g} min, and are set to it"


def _with_even_bounds(
    field: xr.DataArray, times: NDArray[np.datetime64], seconds: NDArray[np.int64]
) -> tuple[xr.DataArray, str | None]:
    """A field at even times with bounds on the same clock, where only these are rounded; and a note."""
    if len(seconds) < 4:
        return field, None
    distinct, counts = np.unique(np.diff(seconds), return_counts=True)
    step, worst = int(distinct[counts.argmax()]), 0
    if step >= _LONGEST or counts.max() < (1 - _UNEVEN) * counts.sum():
        return field, None
    for name in ("start", "end"):
        ends = field[name].to_numpy().astype("datetime64[s]")
        if np.isnat(ends).any():
            return field, None
        even = _on_clock(ends, times, step)
        off = (even - ends).astype(np.int64)
        largest = int(np.abs(off).max())
        # off by always the same is no rounding, but for the second that 23:59:59 lacks
        if largest and largest <= min(_OFF * step, _ROUNDED) and (largest == 1 or np.ptp(off)):
            field, worst = field.assign_coords({name: ("time", even)}), max(worst, largest)
    note = f"bounds of time lie up to {worst} s off a step of {step / 60:g} min, and are set to it"
    return field, note if worst else None


def _even(seconds: NDArray[np.int64]) -> tuple[NDArray[np.int64], int] | None:
    """Even times nearest to these, and their step [s]; None where these need no change, or allow none."""
    steps = np.diff(seconds)
    distinct, counts = np.unique(steps, return_counts=True)
    usual = float(np.median(steps))
    if usual >= _LONGEST or (steps != distinct[counts.argmax()]).mean() <= _UNEVEN:
        return None
    count = np.concatenate([[0], np.cumsum(np.rint(steps / usual))])
    if count[-1] == 0:
        return None
    slope = float(np.polyfit(count, seconds - seconds[0], 1)[0])
    step = _round(slope, _OFF * usual / max(1.0, float(count[-1])) + 0.5)
    first = float(np.median(seconds - count * step))
    target = np.rint(_round(first, _OFF * step) + count * step).astype(np.int64)
    return (target, step) if np.abs(target - seconds).max() <= _OFF * step else None


def _round(value: float, within: float) -> int:
    """The roundest number of seconds so near to a value."""
    for clock in _CLOCKS:
        nearest = round(value / clock) * clock
        if nearest and abs(nearest - value) <= within:
            return nearest
    return round(value)


def _on_clock(
    ends: NDArray[np.datetime64], times: NDArray[np.datetime64], step: int
) -> NDArray[np.datetime64]:
    """Ends of intervals at whole halves of a step from the even times."""
    half = step / 2
    apart = (ends - times).astype("timedelta64[s]").astype(float)
    return times + np.rint(np.rint(apart / half) * half).astype(np.int64).astype("timedelta64[s]")
