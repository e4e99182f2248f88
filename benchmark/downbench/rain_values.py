"""The one policy for missing, negative and impossible values of rain."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from downbench.errors import DownbenchWarning, UserError

NEGATIVE_LIMIT = -1e-3  # mm/h; below that a negative rate is no packing noise but an error
RAIN_LIMIT = 2000.0  # mm/h; above that a value is missing data that was not declared
_FILL_CODES = np.array([999.9, 999.99, 9999, 9999.9, 9999.99, 32767, 65535, 99999, 99999.9, 999999])
# Rain, too, so that they count as missing where several cells have them and all others are far below.
_REPEATED_CODES = np.array([99, 99.9, 99.99, 254, 255, 327.67, 655.35, 888, 888.8, 998, 999, 3276.7, 6553.5])
_REPEATS, _FAR_BELOW = 3, 0.5
_NO_AMOUNT = 9999  # in the units of a file; 9,300 mm fell in a month at Cherrapunji in 1861
_MOST_IN_AN_HOUR = 305.0  # mm: Holt, Missouri, 1947; no three cells have more of it to the last digit


def clean_precipitation(
    rain: xr.DataArray, where: str, limit: float = RAIN_LIMIT, hint: str = "mark missing values as NaN"
) -> xr.DataArray:
    """Clip rain between -1e-3 and 0 mm/h to zero, lazily where ``rain`` is lazy; NaN stays NaN.

    Args:
        rain: in mm/h.
        where: it comes from, for messages.
        limit: mm/h above which a value counts as missing data that was not declared.
        hint: what somebody can do about impossible rain.

    Raises:
        UserError: rain below -1e-3 mm/h, above the limit or infinite (at once, or when lazy data are read).
    """
    return convert_precipitation(rain, 1.0, where, limit, lambda value: hint)


def convert_precipitation(
    rain: xr.DataArray,
    factor: float,
    where: str,
    limit: float,
    remedy: Callable[[float], str],
    *,
    hours: NDArray[Any] | None = None,
    lowest: float = NEGATIVE_LIMIT,
    remedy_of_noise: Callable[[float], str] | None = None,
    date: Callable[[int], str] | None = None,
) -> xr.DataArray:
    """Rain in mm/h from other units, cleaned as :func:`clean_precipitation` does.

    Args:
        rain: in units of which ``factor`` mm/h are one, or ``factor`` mm where ``hours`` are said.
        factor: to mm/h, or to mm.
        where: it comes from, for messages.
        limit: mm/h above which a value counts as missing data that was not declared. Where it is the usual
            one, so does a highest value that files often mark missing data with, as 9999; or as 99.9, if
            several cells have it and no other comes near.
        remedy: makes the hint of a message from the first impossible value, in the units of ``rain``.
        hours: lengths of the intervals that amounts fell in, (time,).
        lowest: mm/h; what lies between it and zero is noise and becomes zero.
        remedy_of_noise: makes what is said before the hint, from a rate below ``lowest`` in mm/h.
        date: of the frame with a number, for messages.

    Raises:
        UserError: as above.
    """
    scale, dims = np.float32(factor), tuple(map(str, rain.dims))

    def convert(values: np.ndarray, frames: np.ndarray, lengths: np.ndarray | None = None) -> np.ndarray:
        if values.size == 0:
            return values
        with np.errstate(over="ignore"):
            made = values * scale if lengths is None else values / lengths * scale
        low, high = extremes(made)
        if low < lowest:
            at = np.unravel_index(np.nanargmin(made), made.shape)
            value, rate = float(values[at]), _rate(values, at, factor, lengths)
            count, place = int((made < lowest).sum()), _place(dims, at, frames, date)
            hint = remedy(value) if remedy_of_noise is None else remedy_of_noise(rate) + remedy(value)
            raise UserError(f"{where}: {_negative(rate, place, count, made.size, lowest)}", hint)
        code = limit == RAIN_LIMIT and _is_code(values, float(high), factor, lengths)
        if high > limit or code:
            at = np.unravel_index(np.nanargmax(made), made.shape)
            value, rate = float(values[at]), _rate(values, at, factor, lengths)
            raise UserError(f"{where}: {_impossible(value, rate, limit)}", remedy(value))
        if low < 0:
            warnings.warn(
                f"{where}: clipped rain as low as {low:.2g} mm/h to zero", DownbenchWarning, stacklevel=2
            )
        return np.maximum(made, 0, dtype=np.float32)

    beside = [_beside(rain, np.arange(rain.sizes.get("time", 1)))]
    if hours is not None:
        beside.append(_beside(rain, hours.astype(np.float32)))
    made: xr.DataArray = xr.apply_ufunc(
        convert, rain, *beside, dask="parallelized", output_dtypes=[np.float32], keep_attrs="override"
    )
    return made


def _beside(rain: xr.DataArray, line: NDArray[Any]) -> xr.DataArray:
    """A line along time, in pieces as the rain is; a single number where that has no time."""
    if "time" not in rain.dims:
        return xr.DataArray(line[0])
    along = xr.DataArray(line, dims="time")
    return along if rain.chunks is None else along.chunk({"time": rain.chunksizes["time"]})


def _rate(values: NDArray[Any], at: tuple[Any, ...], factor: float, lengths: NDArray[Any] | None) -> float:
    """One value in mm/h, in double precision."""
    hours = 1.0 if lengths is None else float(np.broadcast_to(lengths, values.shape)[at])
    return float(values[at]) * float(factor) / hours


def _place(
    dims: tuple[str, ...], at: tuple[Any, ...], frames: NDArray[Any], date: Callable[[int], str] | None
) -> str:
    """Where a value stands, for people: date, tile, row and column, as far as it has them."""
    cell = dict(zip(dims, map(int, at), strict=True))
    when = cell.pop("time", None)
    said = [] if when is None or date is None else [date(int(frames.ravel()[when]))]
    if cell.get("tile") == 0:
        del cell["tile"]
    return ", ".join([*said, *(f"{dim} = {index}" for dim, index in cell.items())])


def _is_code(values: NDArray[Any], high: float, factor: float, lengths: NDArray[Any] | None) -> bool:
    """Whether the highest value, of ``high`` mm/h, is one that files mark missing data with.

    Amounts of long intervals may reach some of these marks, so that only a mark above all of them counts
    where it stands once.
    """
    if lengths is None:
        return is_fill_code(high / np.float32(factor)) or is_repeated_code(values, factor)
    top = extremes(values)[1]
    return bool(top >= _NO_AMOUNT and is_fill_code(top)) or is_repeated_code(
        values, float(factor) / float(lengths.min())
    )


def extremes(rain: NDArray[Any]) -> tuple[Any, Any]:
    """Lowest and highest value that is not NaN, in the precision of ``rain``; NaN where there is none."""
    with np.errstate(invalid="ignore"):
        return np.fmin.reduce(rain, axis=None), np.fmax.reduce(rain, axis=None)


def is_fill_code(value: Any) -> bool:
    """Whether a value is one that files mark missing data with, to the precision of float32."""
    return bool((abs(value - _FILL_CODES) < 1e-6 * _FILL_CODES).any())


def is_repeated_code(values: NDArray[Any], factor: float = 1.0) -> bool:
    """Whether the highest value is one that files mark missing data with, and stands apart from all others.

    It does where at least three values are equal to it, and the next lower one is less than half of it. Any
    value may be such a code that is more rain than was ever measured in an hour.

    Args:
        values: in their own units.
        factor: from these to mm/h.
    """
    high = extremes(values)[1]
    usual = is_fill_code(high) or bool((abs(high - _REPEATED_CODES) < 1e-6 * _REPEATED_CODES).any())
    if not (usual or float(high) * float(factor) > _MOST_IN_AN_HOUR):
        return False
    with np.errstate(invalid="ignore"):
        equal = values >= high * (1 - 1e-6)
    below = extremes(np.where(equal, np.nan, values))[1]
    return bool(np.count_nonzero(equal) >= _REPEATS and below < _FAR_BELOW * high)


def _negative(low: float, place: str, count: int, among: int, lowest: float) -> str:
    if np.isinf(low):
        return "infinite rain"
    others = f"the lowest of {count:,} such values" if count > 1 else "the only such value"
    return (
        f"rain of {low:.6g} mm/h{f' at {place}' if place else ''}, {others} of {among:,} read together; "
        f"below {lowest:g} mm/h is not rounding noise"
    )


def _impossible(value: float, rate: float, limit: float) -> str:
    if np.isinf(value):
        return "infinite rain"
    if 0 < rate <= limit:
        return f"a value of {value:.6g} ({rate:.6g} mm/h); files often mark missing values so"
    return f"rain of {rate:.6g} mm/h; above {limit:g} mm/h a value counts as missing data not declared"
