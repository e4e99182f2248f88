"""Marks of missing values that fields besides rain do not declare: told by their distance from all others."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from downbench import UserError

_BEYOND = 1e15  # no field is so large in any usual unit
_CODES = np.array(
    [99, 99.9, 999, 999.9, 9999, 9999.9, 32766, 32767, 32768, 65535, 99999, 999999]
)  # of any sign
_REPEATS = 3
_LARGER = 3  # times all others, or negative where no other is


def refuse_undeclared(field: xr.DataArray, where: str) -> xr.DataArray:
    """The same field, lazily where it is lazy; a mark of missing values in it is refused when it is read.

    Args:
        field: float32.
        where: it comes from, for the message.

    Raises:
        UserError: such a mark (at once, or when lazy data are read).
    """

    def checked(values: NDArray[Any]) -> NDArray[Any]:
        if (code := _mark_in(values)) is not None:
            raise UserError(
                f"{where}: {code:.6g} marks missing values, as it seems, but the file does not declare it",
                "declare it in the file, as the attribute _FillValue of the variable",
            )
        return values

    return xr.apply_ufunc(checked, field, dask="parallelized", output_dtypes=[field.dtype], keep_attrs=True)


def without_marks(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Values with such marks missing, as -9999 in a relief is no depth."""
    while (mark := _mark_in(values)) is not None:
        values = np.where(values == np.float32(mark), np.float32(np.nan), values)
    return values


def _mark_in(values: NDArray[Any]) -> float | None:
    """The lowest or highest value, if it is no plausible one: huge, or a usual code far from all others."""
    finite = values[np.isfinite(values)]
    for code in (finite.min(initial=np.inf), finite.max(initial=-np.inf)) if finite.size else ():
        if abs(code) > _BEYOND:
            return float(code)
        others = finite[finite != code]
        if not (abs(abs(code) - _CODES) < 1e-6 * _CODES).any() or finite.size - others.size < _REPEATS:
            continue
        if not others.size or np.abs(others - code).min() <= np.ptp(others):
            continue
        if abs(code) > _LARGER * np.abs(others).max() or code < 0 <= others.min():
            return float(code)
    return None
