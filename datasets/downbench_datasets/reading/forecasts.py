"""Forecasts on a dim of leads, with one start or several: put on one axis of valid times."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from downbench import UserError, date_text, unit_factor
from downbench_datasets.shared.times import calendar_name, read_dates

_LEADS = (
    "step", "prediction_timedelta", "lead_time", "leadtime", "lead", "forecast_period", "forecast_hour",
    "forecast_time", "forecast_lead_time", "fhour", "fhr",
)  # fmt: skip
_STARTS = (
    "time", "init_time", "forecast_reference_time", "reference_time", "reftime", "initial_time", "init",
    "initialization_time", "initialisation_time", "base_time", "run_time", "issue_time", "analysis_time",
)  # fmt: skip
_LEAD, _START = "forecast_period", "forecast_reference_time"  # as CF's standard names have them
# Where a file says none; leads may well be days.
_USUAL_UNITS = dict.fromkeys(("step", "forecast_hour", "fhour", "fhr"), "hours")
_VALID = "valid_time"
_SECONDS = "seconds since 1970-01-01"
Times = NDArray[np.datetime64]


def leads_as_times(source: xr.Dataset, where: str) -> xr.Dataset:
    """Forecasts as cfgrib and WeatherBench write them, on one axis of valid times, with bounds of totals.

    Args:
        source: times undecoded.
        where: it comes from, for messages.

    Raises:
        UserError: times or leads that cannot be read, or a moment that is forecast more than once.
    """
    lead = next((name for name in [*_LEADS, *_called(_LEAD, source)] if _is_lead(name, source)), None)
    if lead is None:
        return _by_valid_time(source)
    starts = [*_called(_START, source), *_STARTS]
    start = next((n for n in starts if n in source.variables and source[n].dims in ((), (n,))), None)
    if start is None or lead not in source.variables:
        with_times = _VALID in source.variables and source[_VALID].dims == (lead,)
        return source.set_coords(_VALID).swap_dims({lead: _VALID}) if with_times else source
    return _on_one_axis(source, start, lead, where)


def _called(standard_name: str, source: xr.Dataset) -> list[str]:
    """Variables of a standard name."""
    names = source.variables
    return [str(name) for name in names if source[name].attrs.get("standard_name") == standard_name]


def _is_lead(name: str, source: xr.Dataset) -> bool:
    """Whether a name is that of a dim of leads, and not of the moments that are forecast."""
    if name not in source.dims:
        return False
    line = source.variables.get(name)
    return line is None or " since " not in str(line.attrs.get("units", "")).lower()


def _by_valid_time(source: xr.Dataset) -> xr.Dataset:
    """Forecasts of one lead, whose times are those of their starts."""
    if _VALID not in source.variables or source[_VALID].dims != ("time",) or "step" not in source.variables:
        return source
    return source.drop_vars("time").set_coords(_VALID).swap_dims({"time": _VALID})


def _on_one_axis(source: xr.Dataset, start: str, lead: str, where: str) -> xr.Dataset:
    starts = read_dates(source[start], where).ravel()
    seconds = _lead_seconds(source[lead], where)
    begins, ends = np.repeat(starts, len(seconds)), (starts[:, None] + seconds[None]).ravel()
    order = np.argsort(ends, kind="stable")
    begins, ends = begins[order], ends[order]
    _refuse_overlaps(ends, calendar_name(source[start]), lead, where)
    flat = source.drop_vars([name for name in (start, lead, _VALID) if name in source.variables])
    if source[start].ndim:
        flat = flat.stack(moment=(start, lead), create_index=False).isel(moment=order).rename(moment="time")
    else:
        flat = flat.isel({lead: order}).rename({lead: "time"})
    flat = flat.assign_coords(time=time_variable(ends))
    if any("accum" in str(field.attrs.get("GRIB_stepType", "")) for field in source.data_vars.values()):
        flat["time"].attrs["bounds"] = "time_bnds"
        bounds = np.stack([begins, ends], 1).astype("datetime64[s]").astype(np.int64)
        flat["time_bnds"] = (("time", "bnds"), bounds)
    return flat


def _lead_seconds(lead: xr.DataArray, where: str) -> NDArray[np.timedelta64]:
    values = np.asarray(lead.to_numpy())
    if values.dtype.kind == "m":
        return values.astype("timedelta64[s]")
    units = str(lead.attrs.get("units", _USUAL_UNITS.get(str(lead.name), "")))
    factor = unit_factor(units, "s") if units else None
    if factor is None:
        said = f"have the units {units!r}" if units else "have no units"
        raise UserError(
            f"{where}: the leads {str(lead.name)!r} {said}",
            "give them units in the file, such as hours or days",
        )
    return np.rint(values.astype(float) * factor).astype(np.int64).astype("timedelta64[s]")


def _refuse_overlaps(ends: Times, calendar: str, lead: str, where: str) -> None:
    twice = np.flatnonzero(np.diff(ends) == np.timedelta64(0))
    if len(twice):
        raise UserError(
            f"{where}: its forecasts overlap: {len(twice)} moments are forecast more than once, the first of "
            f"them {date_text(ends[twice[0]], calendar)[:-3]}",
            f"keep those leads ({lead}) that reach from one start to the next, and write the file again",
        )


def time_variable(times: Times) -> xr.Variable:
    """A coordinate of these times in CF's form."""
    seconds = times.astype("datetime64[s]").astype(np.int64)
    return xr.Variable("time", seconds, {"standard_name": "time", "units": _SECONDS, "calendar": "standard"})
