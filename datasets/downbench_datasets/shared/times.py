"""Times of files: numbers with CF units in any calendar, as the suite's ``datetime64[s]``."""

from __future__ import annotations

import cftime
import numpy as np
import xarray as xr
from numpy.typing import NDArray

from downbench import UserError, calendar_attributes, to_times
from downbench_datasets.shared.axes import role_of

_REFORM = np.datetime64("1582-10-15")


def calendar_name(times: xr.DataArray) -> str:
    """Calendar of undecoded times; the standard one where a file says nothing, as CF has it."""
    name = str(times.attrs.get("calendar", "")).strip().lower()
    return {"": "standard", "gregorian": "standard", "none": "standard"}.get(name, name)


def decode_times(times: xr.DataArray, where: str) -> NDArray[np.datetime64]:
    """Times to the nearest second, whatever the calendar: a date keeps its year, month and day.

    Raises:
        UserError: no CF units, dates that do not exist, or times that do not increase.
    """
    values = times.to_numpy()
    if not np.issubdtype(values.dtype, np.datetime64):
        units, calendar = str(times.attrs.get("units", "")), calendar_name(times)
        try:
            if not np.isfinite(values).all():
                raise ValueError("a time is missing")
            dates = cftime.num2date(np.ravel(values), units, calendar, only_use_cftime_datetimes=True)
            values = to_times(np.ma.getdata(dates))
        except (ValueError, TypeError, AttributeError, OverflowError, KeyError) as error:
            raise UserError(
                f"{where}: its times cannot be read (units {units!r}, calendar {calendar!r}): {error}",
                "CF time units are needed, such as 'hours since 2000-01-01'",
            ) from error
    values = values.astype("datetime64[s]")
    if np.isnat(values).any() or (np.diff(values) <= np.timedelta64(0)).any():
        raise UserError(
            f"{where}: its time axis does not increase", "sort it, and drop what stands there twice"
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
