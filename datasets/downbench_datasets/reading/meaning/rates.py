"""From a field in the units of its files to rain in mm/h, with the interval of each frame."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from downbench import (
    NEGATIVE_LIMIT,
    UserError,
    calendar_of,
    convert_precipitation,
    date_text,
    moved_times,
    read_units,
)
from downbench_datasets.reading.meaning.amounts import (
    amounts_per_step,
    refuse_monthly,
    refuse_other_steps,
)
from downbench_datasets.reading.meaning.time_stamps import Intervals, intervals_of
from downbench_datasets.reading.settings import ReadingConfig, option
from downbench_datasets.shared.rain import remedy_for, remedy_of_noise

_DAYS = {"month": (28, np.inf, 30), "dekad": (8, 11, 10), "pentad": (5, 6, 5)}  # least, most, usual


@dataclass(frozen=True)
class Rates:
    """Rain in mm/h, and what was decided on the way.

    Args:
        rain: (time, tile, y, x), lazy, cleaned when it is read.
        frames: the same with coordinates ``start``, ``end`` and ``file`` of each frame.
        bounds: of the interval of each frame, (time, 2).
        bounds_stated: whether the files say them.
        stamp: where in it the time stands; ``instant`` where the file has values of moments.
        other_bounds: in a second reading that is as good, where nobody says which.
        notes: for people.
    """

    rain: xr.DataArray
    frames: xr.DataArray
    bounds: NDArray[np.datetime64]
    bounds_stated: bool
    stamp: str
    other_bounds: NDArray[np.datetime64] | None
    notes: tuple[str, ...]


def to_rates(field: xr.DataArray, config: ReadingConfig, where: str) -> Rates:
    """Make rates of a joined field.

    Args:
        field: in its own units (named by the attribute ``units``), with times and coordinates ``start`` and
            ``end`` (NaT where a file has no bounds).
        config: what somebody says.
        where: it comes from, for messages.

    Raises:
        UserError: units, amounts or times that cannot be understood, or leave several readings.
    """
    said = config.units if config.units is not None else str(field.attrs.get("units", ""))
    units = read_units(said, where, partial(option, "units"))
    field = field.assign_attrs(units=said)
    intervals = intervals_of(field, config.stamp)
    notes = [f"units {said!r}, as set"] if config.units is not None else []
    factor, remedy, hours = units.factor, remedy_for(config.limits, said), None
    if units.kind == "amount":
        field, intervals, note = _amounts_of_intervals(field, intervals, config, units.per, where)
        notes.append(f"{said}: {note}")
        hours = intervals.hours
        remedy = _remedy_of_fall(remedy) if note.startswith("running") else remedy
    elif units.kind == "reflectivity":
        field, note = _rates_of_reflectivity(field, config, where)
        notes.append(note)
    times = field["time"].to_numpy()
    pointed = "point" in str(field.attrs.get("cell_methods", "")).lower() and config.stamp is None
    instant = pointed or intervals is None
    if intervals is None or instant:
        bounds, stamp, stated, other = np.stack([times, times], 1), "instant", False, None
        notes += ["values of moments, by cell_methods"] if intervals is not None else []
    else:
        bounds, stamp, stated = intervals.bounds, intervals.stamp, intervals.stated
        other = intervals.other
        notes.append(intervals.note)
    if config.negative < NEGATIVE_LIMIT:
        notes.append(f"rain from {config.negative:g} mm/h up to zero counts as dry, as set")
    rain = convert_precipitation(
        field.astype(np.float32),
        factor,
        where,
        config.limit,
        remedy,
        hours=hours,
        lowest=config.negative,
        remedy_of_noise=remedy_of_noise(config.limits),
        date=_dates(times, calendar_of(field["time"])),
    )
    rain = rain.assign_attrs(units="mm h-1").rename("precipitation")
    return Rates(rain.drop_vars(["start", "end", "file"]), rain, bounds, stated, stamp, other, tuple(notes))


def _dates(times: NDArray[np.datetime64], calendar: str) -> Callable[[int], str]:
    """The date of a frame by its number."""
    return lambda frame: date_text(times[frame], calendar)


def _remedy_of_fall(other: Callable[[float], str]) -> Callable[[float], str]:
    """What to do about running totals that fall, and about other impossible values as before."""

    def remedy(value: float) -> str:
        if value >= 0:
            return other(value)
        hours, step = option("reset", "HOURS"), option("amount", "step")
        return f"totals fall there: say how often they begin anew, {hours}; or, if they are none, {step}"

    return remedy


def _amounts_of_intervals(
    field: xr.DataArray, intervals: Intervals | None, config: ReadingConfig, per: str, where: str
) -> tuple[xr.DataArray, Intervals, str]:
    """Amounts of intervals of their own, in the units of the file, these intervals, and what was decided."""
    if intervals is None:
        raise UserError(
            f"{where}: an amount of a single frame without bounds of time, whose step nobody says",
            f"give more frames, or say the step in the units: {option('units', 'mm/(1 h)')}",
        )
    if per:
        _refuse_steps_of_other_parts(intervals, per, str(field.attrs["units"]), where)
    else:
        refuse_monthly(field, intervals, config, where)
    amounts, usable, note = amounts_per_step(field, intervals, config, where)
    if usable.all() and not note.startswith("running"):
        refuse_other_steps(field["time"], intervals, where)
        kept = intervals
    else:
        kept = _of_one_step(intervals, usable, calendar_of(field["time"]))
    return amounts.assign_attrs(field.attrs), kept, note


def _refuse_steps_of_other_parts(intervals: Intervals, per: str, units: str, where: str) -> None:
    """Refuse amounts of a month, or of a part of months, in steps of another length.

    Raises:
        UserError: both readings, with the option that settles it.
    """
    shortest, longest, usual = _DAYS[per]
    step = intervals.usual / np.timedelta64(1, "h")
    if not shortest <= step / 24 <= longest:
        raise UserError(
            f"{where}: {units!r} in steps of {step:g} h may be the amount of each step, or a rate",
            f"say which: {option('units', 'mm')} or {option('units', f'mm/({usual} days)')}",
        )


def _of_one_step(intervals: Intervals, usable: NDArray[np.bool_], calendar: str) -> Intervals:
    """Intervals of differences: each ends where the total did, and is one step long."""
    end = intervals.bounds[usable, 1]
    start = moved_times(end, -int(intervals.usual / np.timedelta64(1, "s")), calendar)
    bounds = np.stack([start, end], 1).astype("datetime64[s]")
    hours = np.full(len(end), float(intervals.usual / np.timedelta64(1, "h")))
    why = intervals.why if intervals.stated else "as running totals do"
    return Intervals(bounds, hours, "end", intervals.stated, intervals.usual, why)


def _rates_of_reflectivity(
    field: xr.DataArray, config: ReadingConfig, where: str
) -> tuple[xr.DataArray, str]:
    if config.zr is None:
        raise UserError(
            f"{where} is reflectivity in dBZ, which is rain only by a relation Z = a R^b",
            f"say which: {option('zr', '[200,1.6]')} (Marshall and Palmer), or that of its radars",
        )
    a, b = config.zr
    rain = ((10.0 ** (field / 10.0)) / a) ** (1 / b)
    return rain.astype(np.float32).assign_attrs(field.attrs), f"rain of dBZ by Z = {a:g} R^{b:g}, as set"
