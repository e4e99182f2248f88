"""Frames of a file found by their times."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from downbench.contracts.dataset import FieldSequence
from downbench.dates import STANDARD, date_text, to_times
from downbench.submission.catalogue import Finding
from downbench.submission.opening import Refused, Variable, is_time, times_along
from downbench.time_texts import dates_of, usual_calendar

_GREGORIAN = frozenset({STANDARD, "gregorian", "proleptic_gregorian"})
_ROUNDING = 10  # times as far off as a time may be and yet be that of a frame, in a step


class Frames(NamedTuple):
    """Position in the file of each frame of a sequence, and what there is to say."""

    positions: NDArray[np.int_]
    findings: list[Finding]


def find_frames(
    variable: Variable, sequence: FieldSequence, all_times: NDArray[np.datetime64] | None = None
) -> Frames:
    """Find the frames of a sequence in a file.

    Args:
        variable: that holds them.
        sequence: whose frames are wanted.
        all_times: of the frames of every sequence that the variable holds; None where there is one.

    Raises:
        Refused: they are not there, doubled, or elsewhere.
    """
    wanted = sequence.times.astype("datetime64[s]")
    own = read_times(variable)
    if own is None:
        return _by_order(variable, wanted)
    times, calendar = own
    findings: list[Finding] = []
    if not _same_calendar(calendar, sequence.calendar):
        text = f"the times are of the calendar {calendar}, the dataset's of {sequence.calendar}"
        findings.append(Finding("calendar", text))
    order = np.argsort(times, kind="stable")
    ordered = _rounded(times[order], wanted)
    if off := int(np.abs((ordered - times[order]) / np.timedelta64(1, "s")).max(initial=0)):
        findings.append(Finding("times-rounded", f"up to {off} s"))
    at = np.searchsorted(ordered, wanted).clip(max=max(len(ordered) - 1, 0))
    there = ordered[at] == wanted if len(ordered) else np.zeros(len(wanted), bool)
    if not there.all():
        everything = wanted if all_times is None else all_times.astype("datetime64[s]")
        raise _missing(times, wanted, there, everything, sequence.calendar)
    twice = np.flatnonzero(ordered[1:] == ordered[:-1])
    doubled = np.intersect1d(ordered[twice], wanted)
    if len(doubled):
        first = date_text(doubled[0], sequence.calendar)
        raise Refused("frames-doubled", f"{len(doubled)} times stand there more than once, first {first}")
    if (order != np.arange(len(order))).any():
        findings.append(Finding("frames-order", "frames are read in order of their times"))
    if len(times) > len(wanted):
        findings.append(Finding("frames-extra", f"{len(times) - len(wanted)} frames are left out"))
    return Frames(order[at], findings)


def _rounded(times: NDArray[np.datetime64], wanted: NDArray[np.datetime64]) -> NDArray[np.datetime64]:
    """Times in order, those that miss one that is wanted by less than a tenth of a step set to it."""
    due = np.sort(wanted)
    if len(due) < 2 or not len(times):
        return times
    after = np.searchsorted(due, times).clip(1, len(due) - 1)
    nearest = np.where(times - due[after - 1] < due[after] - times, due[after - 1], due[after])
    near = np.abs(times - nearest) * _ROUNDING < np.diff(due).min()
    return np.where(near, nearest, times)


def read_times(variable: Variable) -> tuple[NDArray[np.datetime64], str] | None:
    """Times and calendar of a file; None where it has none.

    Raises:
        Refused: they cannot be read.
    """
    stored = _stored(variable)
    if stored is None:
        return None
    values = np.atleast_1d(stored.to_numpy())
    if np.issubdtype(values.dtype, np.datetime64):
        return values.astype("datetime64[s]"), STANDARD
    units, calendar = (
        str(stored.attrs.get("units", "")),
        usual_calendar(str(stored.attrs.get("calendar", ""))),
    )
    try:
        return to_times(dates_of(values, units, calendar)), calendar
    except Exception as error:  # whatever cftime raises on units, calendars and missing values
        raise Refused("times-unreadable", f"{stored.name!r} in {units!r} ({calendar}): {error}") from None


def _stored(variable: Variable) -> xr.DataArray | None:
    """The times of a file: those of their dim, a line along it that says times, as WRF's, or a single one."""
    dim, data = variable.dims.get("time"), variable.data
    if dim is None:
        single = data.variables.get("time")
        return None if single is None or single.ndim else data["time"]
    own = data[dim] if dim in data.variables else None
    if own is not None and is_time(str(dim)):
        return own
    beside = times_along(dim, data)
    return own if beside is None else beside


def _same_calendar(one: str, other: str) -> bool:
    return one == other or {one, other} <= _GREGORIAN or {one, other} <= {"noleap", "365_day"}


def _by_order(variable: Variable, wanted: NDArray[np.datetime64]) -> Frames:
    dim = variable.dims.get("time")
    count = 1 if dim is None else variable.array.sizes[dim]
    if count != len(wanted):
        raise Refused(
            "frames-missing", f"there are {count} frames without times, where {len(wanted)} are asked for"
        )
    return Frames(np.arange(count), [Finding("times-missing", f"{count} frames are taken in their order")])


def _missing(
    times: NDArray[np.datetime64],
    wanted: NDArray[np.datetime64],
    there: NDArray[np.bool_],
    everything: NDArray[np.datetime64],
    calendar: str,
) -> Refused:
    lost = wanted[~there]
    text = f"{len(lost)} of {len(wanted)} frames are missing, the first at {date_text(lost[0], calendar)}"
    offset = _shift_of(times, everything)
    if offset is None and len(times) and not there.any():
        nearest = times[np.abs(times - wanted[0]).argmin()]
        offsets = (nearest - wanted[0], times.min() - wanted[0])
        offset = next((one for one in offsets if np.isin(wanted + one, times).all()), None)
    if offset is None:
        return Refused("frames-missing", text)
    hours = offset / np.timedelta64(1, "h")
    way = "later" if hours > 0 else "earlier"
    return Refused("times-shifted", f"all frames stand {abs(hours):.3g} h {way}: {text}")


def _shift_of(times: NDArray[np.datetime64], everything: NDArray[np.datetime64]) -> np.timedelta64 | None:
    """By how much as many times as are wanted lie beside these, all by the same; None where they do not.

    A shift by one step leaves all but one of the wanted times in the file, of another frame each.
    """
    own, due = np.sort(times), np.unique(everything)
    if len(own) != len(due) or len(np.unique(own - due)) != 1:
        return None
    return np.timedelta64(own[0] - due[0])
