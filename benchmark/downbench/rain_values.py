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
    rain: xr.DataArray, factor: float, where: str, limit: float, remedy: Callable[[float], str]
) -> xr.DataArray:
    """Rain in mm/h from other units, cleaned as :func:`clean_precipitation` does.

    Args:
        rain: in units of which ``factor`` mm/h are one.
        factor: to mm/h.
        where: it comes from, for messages.
        limit: mm/h above which a value counts as missing data that was not declared. Where it is the usual
            one, so does a highest value that files often mark missing data with, as 9999; or as 99.9, if
            several cells have it and no other comes near.
        remedy: makes the hint of a message from the first impossible value, in the units of ``rain``.

    Raises:
        UserError: as above.
    """
    scale = np.float32(factor)

    def convert(values: np.ndarray) -> np.ndarray:
        if values.size == 0:
            return values
        with np.errstate(over="ignore"):
            made = values * scale
        low, high = extremes(made)
        code = limit == RAIN_LIMIT and (is_fill_code(high / scale) or is_repeated_code(values, factor))
        if low < NEGATIVE_LIMIT or high > limit or code:
            lowest, highest = extremes(values)
            value = lowest if low < NEGATIVE_LIMIT else highest
            raise UserError(f"{where}: {_impossible(value, scale, limit)}", remedy(float(value)))
        if low < 0:
            warnings.warn(
                f"{where}: clipped rain as low as {low:.2g} mm/h to zero", DownbenchWarning, stacklevel=2
            )
        return np.maximum(made, 0, dtype=np.float32)

    return xr.apply_ufunc(convert, rain, dask="parallelized", output_dtypes=[np.float32], keep_attrs=True)


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
    usual = bool((abs(high - _REPEATED_CODES) < 1e-6 * _REPEATED_CODES).any())
    if not (usual or float(high) * float(factor) > _MOST_IN_AN_HOUR):
        return False
    with np.errstate(invalid="ignore"):
        equal = values >= high * (1 - 1e-6)
    below = extremes(np.where(equal, np.nan, values))[1]
    return bool(np.count_nonzero(equal) >= _REPEATS and below < _FAR_BELOW * high)


def _impossible(value: Any, factor: Any, limit: float) -> str:
    if np.isinf(value):
        return "infinite rain"
    rain = float(value) * float(factor)
    if 0 < rain <= limit:
        return f"a value of {value:.6g} ({rain:.6g} mm/h); files often mark missing values so"
    if rain < 0:
        return f"rain of {rain:.6g} mm/h; below {NEGATIVE_LIMIT} mm/h is not rounding noise"
    return f"rain of {rain:.6g} mm/h; above {limit:g} mm/h a value counts as missing data not declared"
