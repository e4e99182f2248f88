"""The checks of ``bench data check``. Each is a function of a record and what a walk through it has seen."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from downbench import UserError, calendar_of, date_text, spacing
from downbench_datasets.looking.findings import Finding, ok, shown
from downbench_datasets.looking.frames import FrameNumbers
from downbench_datasets.reading.record import RainRecord
from downbench_datasets.shared.axes import role_of

HIGHEST = 500.0  # mm/h as a mean over any step; the highest that was measured over an hour is 401 mm
ENVELOPE = (422.0, 0.475)  # mm and power: the most that fell in D hours anywhere is about 422 D^0.475 mm
MARGIN = 1.2  # above that line (Jennings 1950, Monthly Weather Review 78, 4-5, as WMO draws it today)
PLAUSIBLE = (1e-3, 5.0)  # mm/h, mean over a record
LONG, PLAUSIBLE_LONG = np.timedelta64(30, "D"), 1.0  # mm/h over a month or more: 8.8 m a year, everywhere
CEILING = (3, 5.0, 0.25)  # cells at the highest value, mm/h, and how near another value may come to it
COVERAGE = 0.9  # of the usual share of valid cells
HOUR = np.timedelta64(1, "h")


def check_units(record: RainRecord, seen: FrameNumbers) -> Finding:
    """Whether values are of the size that rain has."""
    if not np.isfinite(seen.mean).any():
        return Finding(
            "units", "wrong", "no value is valid", (), "is the record masked, or the variable wrong?"
        )
    mean, peak = float(np.nanmean(seen.mean)), float(np.nanmax(seen.peak))
    said = f"mean {mean:.3g}, highest {peak:.3g} mm/h"
    hours, length = _step_and_length(record)
    highest = HIGHEST if hours <= 1 else MARGIN * ENVELOPE[0] * hours ** (ENVELOPE[1] - 1)
    if peak > highest:
        frames = np.flatnonzero(seen.peak > highest)
        over = f"; no place has had more than {highest:.3g} mm/h over {hours:g} h" if hours > 1 else ""
        hint = "missing values, amounts of a step that are called rates, or other wrong units?"
        return Finding("units", "wrong", said + over, tuple(frames.tolist()), hint)
    if peak == 0:
        return Finding("units", "wrong", "it never rains", (), "is this the right variable?")
    if not PLAUSIBLE[0] <= mean <= (PLAUSIBLE_LONG if length >= LONG else PLAUSIBLE[1]):
        return Finding(
            "units",
            "note",
            f"{said}: unusual for rain",
            (),
            "check the units, and whether amounts are per step",
        )
    return ok("units", said)


def _step_and_length(record: RainRecord) -> tuple[float, np.timedelta64]:
    """Hours of a step, 0 of a single frame, and the time that frames cover."""
    times = record.rain["time"].to_numpy()
    if len(times) < 2:
        return 0.0, np.timedelta64(0, "s")
    step = spacing(times, calendar_of(record.rain["time"])).step
    return float(step / HOUR), step * len(times)


def check_ceiling(record: RainRecord, seen: FrameNumbers) -> Finding:
    """Whether the highest value repeats and stands far above all others, as a mark of missing cells does."""
    cells, least, near = CEILING
    peak = float(np.fmax.reduce(seen.peak, initial=-np.inf))
    frames = np.flatnonzero(seen.peak >= peak * (1 - 1e-6))
    count = int(seen.peak_cells[frames].sum())
    others = [*seen.below[frames], *np.delete(seen.peak, frames)]
    below = float(np.fmax.reduce(others, initial=-np.inf))
    if peak < least or count < cells or below > near * peak:
        return ok("ceiling", "the highest values are near each other")
    return Finding(
        "ceiling",
        "note",
        f"{count} cells have exactly {peak:.6g} mm/h, and all others at most {max(below, 0):.3g} mm/h",
        tuple(frames.tolist()),
        "a mark of missing cells? --set files.missing=, with the value in units of the file",
    )


def check_calendar(record: RainRecord, seen: FrameNumbers) -> Finding:
    """Calendar, step and where in its interval a time stands."""
    times, calendar = record.rain["time"].to_numpy(), calendar_of(record.rain["time"])
    if len(times) < 2:
        return Finding("calendar", "wrong", "one time step does not make a sequence", (0,), "give at least 5")
    step = spacing(times, calendar).step
    first, last = (date_text(time, calendar) for time in times[[0, -1]])
    return ok("calendar", f"{calendar}, step {step / HOUR:g} h, {first} to {last}, stamp: {record.stamp}")


def check_gaps(record: RainRecord, seen: FrameNumbers) -> Finding:
    """Steps that are missing between frames."""
    times, calendar = record.rain["time"].to_numpy(), calendar_of(record.rain["time"])
    gaps = spacing(times, calendar).gaps if len(times) > 2 else np.array([], int)
    if not len(gaps):
        return ok("gaps", "no step is missing")
    dates = [date_text(times[index], calendar) for index in gaps]
    return Finding(
        "gaps",
        "note",
        f"{len(gaps)} gap{'s' if len(gaps) > 1 else ''}, before {shown(dates)}",
        tuple(gaps.tolist()),
        "fetch what is missing; a gap starts a new sequence",
    )


def check_duplicates(record: RainRecord, seen: FrameNumbers) -> Finding:
    """Frames that repeat the one before, value by value."""
    if not seen.repeats:
        return ok("duplicates", "no frame repeats the one before")
    return Finding(
        "duplicates",
        "wrong",
        f"{len(seen.repeats)} frames are equal to the one before",
        tuple(seen.repeats),
        "was a file copied under another date?",
    )


def check_coverage(record: RainRecord, seen: FrameNumbers) -> Finding:
    """Frames with less than the usual share of valid cells."""
    usual = float(np.nanmedian(seen.valid)) if np.isfinite(seen.valid).any() else 0.0
    low = np.flatnonzero(seen.valid < COVERAGE * usual)
    if usual == 0:
        return Finding("coverage", "wrong", "most frames have no valid cell", (), "is the record masked?")
    if len(low):
        return Finding(
            "coverage",
            "note",
            f"{usual:.1%} of cells are valid, and fewer than {COVERAGE:.0%} of that in {len(low)} frames",
            tuple(low.tolist()),
            "these cells are not scored; leave the frames out if they are broken",
        )
    return ok("coverage", f"{usual:.1%} of cells are valid")


def check_negatives(record: RainRecord, seen: FrameNumbers) -> Finding:
    """Values below zero as the files have them."""
    low, _, cells = _extremes(record)
    frames = np.flatnonzero(low < 0)
    if not len(frames):
        return ok("negatives", "no value is below zero")
    return Finding(
        "negatives",
        "note",
        f"{int(cells.sum()):,} values in {len(frames)} frames are below zero, down to "
        f"{low[frames].min():.3g} in units of the file",
        tuple(frames.tolist()),
        "noise above -0.001 mm/h becomes zero, and more of it with --set files.negative=, in mm/h; "
        "codes of missing values: --set files.missing=",
    )


def _extremes(
    record: RainRecord,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Lowest and highest value of each frame as the files have them, and how many are below zero.

    There are none of reflectivity.
    """
    low, high, cells = [np.zeros(0)], [np.zeros(0)], [np.zeros(0, int)]
    for source in record.sources.values():
        field = source.get(record.variable)
        if field is None or "dbz" in str(field.attrs.get("units", "")).lower():
            continue
        time = next(dim for dim in field.dims if role_of(dim, field.coords) == "time")
        rest = [dim for dim in field.dims if dim != time]
        parts = {"low": field.min(rest), "high": field.max(rest), "cells": (field < 0).sum(rest)}
        bounds = xr.Dataset(parts).compute()
        low.append(np.nan_to_num(bounds["low"].to_numpy().astype(float)))
        high.append(np.nan_to_num(bounds["high"].to_numpy().astype(float)))
        cells.append(bounds["cells"].to_numpy())
    return np.concatenate(low), np.concatenate(high), np.concatenate(cells)


def _offending(record: RainRecord, frames: list[int]) -> tuple[int, ...]:
    """Of frames that were read together and refused, those with the value that is no rain, if that is it."""
    try:
        low, high, _ = _extremes(record)
    except UserError:  # they cannot be read at all
        return tuple(frames)
    if len(low) <= max(frames):
        return tuple(frames)
    below = [frame for frame in frames if low[frame] < 0 and low[frame] == low[frames].min()]
    return tuple(below or [frame for frame in frames if high[frame] == high[frames].max()])


def check_spikes(record: RainRecord, seen: FrameNumbers) -> Finding:
    """Cells of more than 20 mm/h that stand ten times above all their neighbours."""
    if not seen.spike_count:
        return ok("spikes", "no cell stands alone")
    where = [spike[:4] for spike in seen.spikes]
    most = max(spike[4] for spike in seen.spikes)
    return Finding(
        "spikes",
        "note",
        f"{seen.spike_count} cells stand alone, up to {most:.3g} mm/h",
        tuple(where),
        "clutter or a faulty gauge? `prepare.missing_above` in a card takes out the highest",
    )


def check_orientation(record: RainRecord, seen: FrameNumbers) -> Finding:
    """Which way rows and columns run, by latitude and longitude."""
    static = record.static
    if "lat" not in static or "lon" not in static:
        return Finding("orientation", "note", "no latitude and longitude", (), "regions and maps need them")
    down, along = _tendency(static["lat"], "y"), _tendency(static["lat"], "x")
    if static["lat"].sizes["tile"] == 1 and abs(along) > abs(down):
        return Finding(
            "orientation",
            "wrong",
            "latitude changes along rows more than along columns: axes are swapped",
            (),
            "name the dims, or give them CF attributes",
        )
    first = "southernmost" if down > 0 else "northernmost"
    low, high = (float(static["lat"].min()), float(static["lat"].max()))
    west, east = (float(static["lon"].min()), float(static["lon"].max()))
    return ok(
        "orientation", f"the first row is the {first}; {low:.4g} to {high:.4g} N, {west:.4g} to {east:.4g} E"
    )


def _tendency(field: xr.DataArray, dim: str) -> float:
    if field.sizes[dim] < 2:
        return 0.0
    return float(abs(field.diff(dim)).mean()) * float(np.sign(field.diff(dim).mean()))


def check_reading(record: RainRecord, seen: FrameNumbers) -> Finding:
    """Frames that cannot be read, or hold what is no rain."""
    if not seen.unreadable:
        return ok(
            "reading", f"variable {record.variable!r}; " + ("; ".join(record.notes) or "as the files say it")
        )
    frames = _offending(record, [frame for frame, _ in seen.unreadable])
    return Finding(
        "reading",
        "wrong",
        f"{len(frames)} frames cannot be used: {seen.unreadable[0][1]}",
        frames,
        seen.remedy or "mend the files",
    )


CHECKS: tuple[Callable[[RainRecord, FrameNumbers], Finding], ...] = (
    check_reading,
    check_units,
    check_ceiling,
    check_calendar,
    check_gaps,
    check_duplicates,
    check_coverage,
    check_negatives,
    check_spikes,
    check_orientation,
)
