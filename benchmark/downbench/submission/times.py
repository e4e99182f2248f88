"""Frames of a file found by their times."""

from __future__ import annotations

from typing import NamedTuple

import cftime
import numpy as np
from numpy.typing import NDArray

from downbench.contracts.dataset import FieldSequence
from downbench.dates import STANDARD, date_text, to_times
from downbench.submission.catalogue import Finding
from downbench.submission.opening import Refused, Variable

_GREGORIAN = frozenset({STANDARD, "gregorian", "proleptic_gregorian"})


class Frames(NamedTuple):
    """Position in the file of each frame of a sequence, and what there is to say."""

    positions: NDArray[np.int_]
    findings: list[Finding]


def find_frames(variable: Variable, sequence: FieldSequence) -> Frames:
    """Find the frames of a sequence in a file.

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
    ordered = times[order]
    at = np.searchsorted(ordered, wanted).clip(max=max(len(ordered) - 1, 0))
    there = ordered[at] == wanted if len(ordered) else np.zeros(len(wanted), bool)
    if not there.all():
        raise _missing(times, wanted, there, sequence.calendar)
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


def read_times(variable: Variable) -> tuple[NDArray[np.datetime64], str] | None:
    """Times and calendar of a file; None where it has none.

    Raises:
        Refused: they cannot be read.
    """
    dim = variable.dims.get("time")
    if dim is None or dim not in variable.data.variables:
        scalar = variable.data.variables.get("time")
        if dim is not None or scalar is None or scalar.ndim:
            return None
        dim = "time"
    stored = variable.data[dim]
    values = np.atleast_1d(stored.to_numpy())
    if np.issubdtype(values.dtype, np.datetime64):
        return values.astype("datetime64[s]"), STANDARD
    units, calendar = str(stored.attrs.get("units", "")), str(stored.attrs.get("calendar", STANDARD)).lower()
    if " since " not in units:
        raise Refused("times-unreadable", f"{dim!r} has units {units!r}")
    try:
        dates = cftime.num2date(values, units, calendar, only_use_cftime_datetimes=True)
        return to_times(np.atleast_1d(dates)), calendar
    except Exception as error:  # whatever cftime raises on units, calendars and missing values
        raise Refused("times-unreadable", f"{dim!r} in {units!r} ({calendar}): {error}") from None


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
    times: NDArray[np.datetime64], wanted: NDArray[np.datetime64], there: NDArray[np.bool_], calendar: str
) -> Refused:
    lost = wanted[~there]
    text = f"{len(lost)} of {len(wanted)} frames are missing, the first at {date_text(lost[0], calendar)}"
    if len(times) and not there.any():
        nearest = times[np.abs(times - wanted[0]).argmin()]
        for offset in (nearest - wanted[0], times.min() - wanted[0]):
            if np.isin(wanted + offset, times).all():
                span = offset / np.timedelta64(1, "h")
                return Refused(
                    "times-shifted", f"all frames stand {abs(span):g} h {'later' if span > 0 else 'earlier'}"
                )
    return Refused("frames-missing", text)
