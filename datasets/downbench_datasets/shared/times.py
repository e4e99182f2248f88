"""Times of files: numbers with CF units in any calendar, as the suite's ``datetime64[s]``."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from downbench import UserError, calendar_attributes, date_text, dates_of, to_times, usual_calendar
from downbench_datasets.shared.axes import role_of

_REFORM = np.datetime64("1582-10-15")
_NAMED = 5  # times that a message names one by one


def calendar_name(times: xr.DataArray) -> str:
    """Calendar of undecoded times; the standard one where a file says nothing, as CF has it."""
    return usual_calendar(str(times.attrs.get("calendar", "")))


def read_dates(times: xr.DataArray, where: str) -> NDArray[np.datetime64]:
    """Times to the nearest second, in any order, whatever the calendar: a date keeps its year, month and day.

    Raises:
        UserError: neither CF units nor dates in text or digits, or dates that do not exist.
    """
    values = times.to_numpy()
    if not np.issubdtype(values.dtype, np.datetime64):
        units, calendar = str(times.attrs.get("units", "")), calendar_name(times)
        try:
            values = to_times(dates_of(values, units, calendar)).reshape(values.shape)
        except (ValueError, TypeError, AttributeError, OverflowError, KeyError) as error:
            raise UserError(
                f"{where}: its times cannot be read (units {units!r}, calendar {calendar!r}): {error}",
                "CF time units are needed, 'hours since 2000-01-01', or dates such as 2000-01-01T06:00",
            ) from error
    return values.astype("datetime64[s]")


def decode_times(times: xr.DataArray, where: str) -> NDArray[np.datetime64]:
    """Times as :func:`read_dates` reads them, each later than the one before.

    Raises:
        UserError: as there, or times that do not increase.
    """
    values = read_dates(times, where)
    wrong = np.flatnonzero(~(np.diff(values) > np.timedelta64(0))) + 1
    if np.isnat(values).any() or len(wrong):
        calendar = calendar_name(times)
        named = [
            f"{date_text(values[k], calendar)[:-3]} (time {k})"
            for k in wrong[:_NAMED]
            if values[k] == values[k]
        ]
        more = f" and {len(wrong) - _NAMED} more" if len(wrong) > _NAMED else ""
        listed = f": {', '.join(named)}{more}" if named else ""
        raise UserError(
            f"{where}: its time axis does not increase{listed}", "sort it, and drop what stands there twice"
        )
    return values


def with_times(field: xr.DataArray, source: xr.Dataset, where: str) -> xr.DataArray:
    """Give a canonical field its decoded times, which name their calendar.

    Raises:
        UserError: no time dim, no frames, or no readable times.
    """
    if "time" not in field.dims:
        raise UserError(f"{where}: {field.name!r} has no time dim", "sequences need one")
    dim = next(dim for dim in source[field.name].dims if role_of(dim, source.coords) == "time")
    if dim not in source.variables:
        raise UserError(f"{where}: the time dim has no coordinate", "sequences need times")
    if not field.size:
        sizes = " x ".join(str(size) for size in field.shape)
        raise UserError(f"{where}: {field.name!r} is empty ({sizes} values)", "is the file whole?")
    times, calendar = decode_times(source[dim], where), calendar_name(source[dim])
    if calendar == "proleptic_gregorian" and times.min() >= _REFORM:
        calendar = "standard"  # from here on they are the same
    attrs = calendar_attributes(calendar)
    return field.assign_coords(time=xr.Variable("time", times, attrs))
