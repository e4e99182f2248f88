"""What files say about missing values, put into the form that xarray understands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

_NAMES = ("_FillValue", "missing_value")
_VALID = ("valid_range", "valid_min", "valid_max")


def mend_missing_values(raw: xr.Dataset, zarr2: bool) -> xr.Dataset:
    """Numbers that are written as text become numbers; zarr 2's default of zero marks nothing as missing.

    What is valid is said by ``valid_min`` and ``valid_max`` in the units of the unpacked values, whatever of
    CF's attributes the file has.

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
        ranged = variable.dtype.kind in "iuf" and any(key in attrs for key in _VALID)
        if ranged:
            attrs = {key: value for key, value in attrs.items() if key not in _VALID} | _valid_range(variable)
        if texts or wrong_zero or ranged:
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


def _valid_range(variable: xr.Variable) -> dict[str, float]:
    """Bounds of valid values, unpacked; a range in the type of packed values is packed (CF 2.5.1)."""
    attrs: Mapping[str, Any] = variable.attrs
    both: Any = attrs.get("valid_range", ())
    pair = np.ravel(both) if np.size(both) == 2 else (None, None)
    bounds: dict[str, Any] = {
        "valid_min": attrs.get("valid_min", pair[0]),
        "valid_max": attrs.get("valid_max", pair[1]),
    }
    said = {}
    for name, bound in bounds.items():
        if np.size(bound) != 1 or np.asarray(bound).dtype.kind not in "iuf":
            continue
        value = float(np.ravel(bound)[0])
        if np.asarray(bound).dtype.kind in "iu" and variable.dtype.kind in "iu":
            value = value * _number(attrs.get("scale_factor"), 1) + _number(attrs.get("add_offset"), 0)
        if np.isfinite(value):
            said[name] = value
    return said


def _number(value: Any, default: float) -> float:
    return float(value) if isinstance(value, int | float | np.number) else default


def mask_values(field: xr.DataArray, values: tuple[float, ...]) -> xr.DataArray:
    """Make NaN of what is outside of the field's valid range, or equals one of these values.

    Both to the six digits in which messages print them; the range is that of :func:`mend_missing_values`.
    """
    low, high = field.attrs.get("valid_min"), field.attrs.get("valid_max")
    if low is not None:
        field = field.where(field >= low - 1e-5 * abs(low))
    if high is not None:
        field = field.where(field <= high + 1e-5 * abs(high))
    for value in values:
        field = field.where(abs(field - value) > 1e-5 * abs(value))
    return field
