"""Precipitation units and the one policy for missing and negative values."""

from __future__ import annotations

import re
import warnings

import numpy as np
import xarray as xr

from downbench.errors import DownbenchWarning, UserError

_FACTOR = {  # to mm/h; a kg of water per square metre is a millimetre
    "mm/h": 1.0,
    "mm h-1": 1.0,
    "mm hr-1": 1.0,
    "mm/hr": 1.0,
    "mm/day": 1 / 24,
    "mm d-1": 1 / 24,
    "mm day-1": 1 / 24,
    "kg m-2 s-1": 3600.0,
    "kg/m**2/s": 3600.0,
    "kg/m^2/s": 3600.0,
    "kg/m2/s": 3600.0,
    "mm/s": 3600.0,
    "mm s-1": 3600.0,
    "m s-1": 3.6e6,
    "m/s": 3.6e6,
}
NEGATIVE_LIMIT = -1e-3  # mm/h; below that a negative rate is no packing noise but an error


def to_mm_per_hour(units: str, where: str) -> float:
    """Factor from ``units`` to mm/h.

    Raises:
        UserError: unknown units; names ``where`` they stand.
    """
    key = " ".join(units.split())
    if key not in _FACTOR:
        raise UserError(
            f"{where}: unknown precipitation units {units!r}", f"known units: {', '.join(sorted(_FACTOR))}"
        )
    return _FACTOR[key]


def same_units(one: str, other: str) -> bool:
    """Whether two spellings of units mean the same (``m/s``, ``m s**-1``); an empty one fits everything."""
    return not one.strip() or not other.strip() or _powers(one) == _powers(other)


def _powers(units: str) -> dict[str, int] | str:
    """Exponent of each symbol, or the text itself where it is more than symbols and exponents."""
    text = re.sub(r"\*\*|\^", "", units.strip())
    powers: dict[str, int] = {}
    for position, part in enumerate(text.split("/")):
        for token in re.split(r"[\s.*]+", part.strip()):
            symbol = re.fullmatch(r"([A-Za-z%_]+)(-?\d+)?|1", token)
            if symbol is None:
                return text
            if symbol[1]:
                power = int(symbol[2] or 1) * (-1 if position else 1)
                powers[symbol[1]] = powers.get(symbol[1], 0) + power
    return powers


def clean_precipitation(rain: xr.DataArray, where: str) -> xr.DataArray:
    """Clip rain between -1e-3 and 0 mm/h to zero, lazily where ``rain`` is lazy; NaN stays NaN.

    Raises:
        UserError: rain below -1e-3 mm/h or infinite (at once, or when lazy data are read).
    """

    def clean(values: np.ndarray) -> np.ndarray:
        if values.size == 0:
            return values
        with np.errstate(invalid="ignore"):
            low, high = np.fmin.reduce(values, axis=None), np.fmax.reduce(values, axis=None)
        if low < NEGATIVE_LIMIT:
            raise UserError(
                f"{where}: rain of {low:.3g} mm/h; below {NEGATIVE_LIMIT} mm/h is no rounding noise",
                "check the variable and its units",
            )
        if np.isinf(low) or np.isinf(high):
            raise UserError(f"{where}: infinite rain", "mark missing values as NaN")
        if low < 0:
            warnings.warn(
                f"{where}: clipped rain as low as {low:.2g} mm/h to zero", DownbenchWarning, stacklevel=2
            )
        return np.maximum(values, 0, dtype=np.float32)

    return xr.apply_ufunc(clean, rain, dask="parallelized", output_dtypes=[np.float32], keep_attrs=True)
