"""What files say about missing values, put into the form that xarray understands."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

_NAMES = ("_FillValue", "missing_value")


def mend_missing_values(raw: xr.Dataset, zarr2: bool) -> xr.Dataset:
    """Numbers that are written as text become numbers; zarr 2's default of zero is no missing value.

    Args:
        raw: as it is stored, neither masked nor scaled.
        zarr2: whether it is a group of zarr's format 2. There, xarray takes an array's ``fill_value`` for the
            value of missing cells, but zarr's default for it is 0, which in rain is a dry cell and in a
            latitude the equator. It counts only in packed integers that do not begin at zero.
    """
    changed = {}
    for name, variable in raw.variables.items():
        attrs = dict(variable.attrs)
        texts = [key for key in _NAMES if isinstance(attrs.get(key), str | bytes)]
        texts = texts if variable.dtype.kind in "iuf" else []
        for key in texts:
            numbers = _numbers(attrs.pop(key), variable.dtype)
            if numbers is not None:
                attrs[key] = numbers
        wrong_zero = zarr2 and _is_zero(attrs.get("_FillValue")) and not _begins_elsewhere(variable)
        if wrong_zero:
            del attrs["_FillValue"]
        if texts or wrong_zero:
            changed[name] = attrs
    mended = raw.copy()
    for name, attrs in changed.items():
        mended[name].attrs = attrs
    return mended


def _numbers(text: str | bytes, dtype: np.dtype[Any]) -> Any:
    """The numbers that a text lists, in the type of the data; None where it lists none that fit."""
    words = (text.decode("utf-8", "replace") if isinstance(text, bytes) else text).replace(",", " ").split()
    try:
        numbers = np.array([float(word.rstrip("fFdD")) for word in words])
    except ValueError:
        return None
    if not numbers.size or (not (numbers == numbers.astype(dtype)).all() and dtype.kind != "f"):
        return None
    cast = numbers.astype(dtype)
    return cast[0] if cast.size == 1 else cast


def _is_zero(value: Any) -> bool:
    return isinstance(value, int | float | np.number) and float(value) == 0


def _begins_elsewhere(variable: xr.Variable) -> bool:
    return variable.dtype.kind in "iu" and bool(np.any(variable.attrs.get("add_offset", 0)))


def mask_values(field: xr.DataArray, values: tuple[float, ...]) -> xr.DataArray:
    """Make NaN of what equals one of these values, to the six digits in which messages print them."""
    for value in values:
        field = field.where(abs(field - value) > 1e-5 * abs(value))
    return field
