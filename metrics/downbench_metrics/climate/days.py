"""Daily rain of sampled cells: what indices of climate are worked out from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from downbench import Chunk, Null, Statistic, Totals, elapsed_seconds
from downbench_metrics.shared.sampled import stride
from downbench_metrics.shared.when import bin_times, when
from downbench_metrics.shared.zones import time_slots

LARGEST = 16  # sampled cells along the edge of a tile
LEAST_DAYS = 30  # whole days of a cell; a month, the shortest period of the ETCCDI's indices
DAY = np.timedelta64(1, "D")
_FRAMES, _AREA, _RAIN = 0, 1, 2  # columns of the statistic


class Days(NamedTuple):
    """Daily rain of the sampled cells that have enough days.

    Args:
        rain: (day, cell, 1 + m) in mm, truth first; NaN on days of which a frame is missing.
        follows: whether a day comes right after the one before it, in the same sequence, (day,).
        area: of the cells, (cell,).
    """

    rain: NDArray[np.float64]
    follows: NDArray[np.bool_]
    area: NDArray[np.float64]


def daily(chunk: Chunk) -> Mapping[str, Statistic]:
    """Rain of sampled cells by time bin (bin, 1, tile, cell, 2 + 1 + m), and when the bins are.

    The last axis has the number of valid frames, these times the cell's area, and the rain [mm] of truth and
    members. There is no cell where steps or time bins do not add up to days.
    """
    return {"days": chunk.shared("climate-days", lambda: _days(chunk)), "when": when(chunk)}


def _days(chunk: Chunk) -> Statistic:
    (count, slot), m = time_slots(chunk), len(chunk.members)
    s = stride(max(chunk.truth.shape[1:]), chunk.grid.factor, LARGEST)
    sampled = np.s_[..., ::s, ::s]
    use, area = chunk.mask[sampled], chunk.grid.area[chunk.tile][sampled]
    whole = DAY % chunk.grid.step == np.timedelta64(0) and DAY % chunk.grid.time_bin == np.timedelta64(0)
    cells = area.size if whole else 0
    out = np.zeros((count, 1, len(chunk.grid.area), cells, _RAIN + 1 + m))
    if whole:
        hours = float(chunk.grid.step / np.timedelta64(1, "h"))
        fields = [use, use * area]
        fields += [hours * np.where(use, rain[sampled], 0) for rain in (chunk.truth, *chunk.members)]
        values = np.stack([np.asarray(field, np.float64).reshape(len(slot), -1) for field in fields], axis=-1)
        np.add.at(out[:, 0, chunk.tile], slot, values)
    return Statistic(out, "bin", "climate-days")


def days_of(totals: Totals, least: int = LEAST_DAYS) -> Days | Null:
    """Daily rain from the totals of :func:`daily`, of the cells with at least ``least`` whole days."""
    stored, (start, sequence) = totals.bins["days"], bin_times(totals)
    if not stored.size:
        return Null(
            f"steps of {totals.info['step_hours']:g} h, or the record's time bins, are no parts of days"
        )
    stored = stored[start >= 0].reshape(int((start >= 0).sum()), -1, stored.shape[-1])
    day = _day_numbers(start[start >= 0], str(totals.info.get("calendar", "standard")))
    sequence = sequence[start >= 0]
    first = np.append(True, (np.diff(day) != 0) | (np.diff(sequence) != 0))  # of the bins of a day
    sums = np.add.reduceat(stored, np.flatnonzero(first), axis=0)
    follows = np.append(False, (np.diff(day[first]) == 1) & (np.diff(sequence[first]) == 0))
    whole = sums[..., _FRAMES] == round(24 / float(totals.info["step_hours"]))
    number = whole.sum(axis=0)
    enough = number >= least
    if not enough.any():
        return Null(f"no sampled cell has {least} whole days, only {int(number.max(initial=0))}")
    rain = np.where(whole[..., None], sums[..., _RAIN:], np.nan)[:, enough]
    area = sums[..., _AREA].sum(axis=0)[enough] / sums[..., _FRAMES].sum(axis=0)[enough]
    return Days(rain, follows, area)


def _day_numbers(start: NDArray[np.int64], calendar: str) -> NDArray[np.int64]:
    """Number of the day that each moment [s since 1970] lies in, as its calendar counts days."""
    days = start.astype("datetime64[s]").astype("datetime64[D]").astype("datetime64[s]")
    return elapsed_seconds(days, calendar) // 86400
