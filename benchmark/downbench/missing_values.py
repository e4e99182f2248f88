"""What files say about missing values, put into the form that xarray understands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from downbench.errors import UserError

_NAMES = ("_FillValue", "missing_value")
_ALIASES = (  # in any letters: what products write in place of CF's names
    "_fillvalue", "fillvalue", "fill_value", "codemissingvalue", "missing", "missingvalue", "nodata",
    "no_data", "nodata_value", "undef",
)  # fmt: skip
_ENDS = {"i2": [-32768, -32767, 32767], "u2": [65535], "u1": [255], "i4": [-(2**31), 1 - 2**31, 2**31 - 1]}
_PACKING = ("scale_factor", "add_offset")
_SCALES, _OFFSETS = (  # without what joins words: other names of value = scale x stored + offset
    ("scalefactor", "scale", "slope", "gain"),
    ("addoffset", "offset", "intercept"),
)
_VALID = ("valid_range", "valid_min", "valid_max")


def mend_missing_values(raw: xr.Dataset, zarr2: bool) -> xr.Dataset:
    """Missing values and packing in CF's names and in numbers of the data's type.

    Numbers that are written as text become numbers, also a missing value that products name otherwise
    (``CodeMissingValue``, ``nodata``); zarr 2's default of zero marks nothing as missing.

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
        if variable.dtype.kind not in "iuf":
            continue
        attrs = _in_numbers(variable)
        _check_packing(str(name), attrs)
        attrs |= _ends(variable, attrs)
        if _is_unsigned(variable) and "_FillValue" not in attrs:
            attrs = _as_fill_value(attrs, variable.dtype)
        wrong_zero = zarr2 and _is_zero(attrs.get("_FillValue")) and not _begins_elsewhere(variable)
        if wrong_zero:
            del attrs["_FillValue"]
        if any(key in attrs for key in _VALID):
            attrs = {key: value for key, value in attrs.items() if key not in _VALID} | _valid_range(
                attrs, variable.dtype
            )
        changed[name] = attrs
    mended = raw.copy()
    for name, attrs in changed.items():
        mended[name].attrs = attrs
    return mended


def _in_numbers(variable: xr.Variable) -> dict[str, Any]:
    """Attributes with missing values under CF's names and in the data's type, and packing in numbers."""
    attrs = dict(variable.attrs) | _packing_otherwise(variable)
    for key in _PACKING:
        if isinstance(attrs.get(key), str | bytes) and np.isfinite(number := _read(attrs[key])[0]):
            attrs[key] = number
    if not any(key in attrs and not _is_nan(attrs[key]) for key in _NAMES):  # xarray declares NaN by itself
        others = (key for key in attrs if key not in _NAMES and key.lower() in _ALIASES)
        other = next(others, None)
        value = None if other is None else _fitting(attrs[other], variable.dtype)
        if value is not None and np.all(value):  # zero is rain that did not fall
            attrs["missing_value"] = value
    for key in _NAMES:
        if isinstance(attrs.get(key), str | bytes):
            value = _fitting(attrs.pop(key), variable.dtype)
            if value is not None:
                attrs[key] = value
        elif key in attrs and variable.dtype.kind == "f":
            attrs[key] = _cast(np.asarray(attrs[key]), variable.dtype)  # -9999.9 has another value in float64
    return attrs


def _is_nan(value: Any) -> bool:
    return np.size(value) == 1 and np.asarray(value).dtype.kind == "f" and bool(np.isnan(np.ravel(value)[0]))


def _packing_otherwise(variable: xr.Variable) -> dict[str, float]:
    """Scale and offset of integers that name them otherwise than CF (``slope``, ``Scale Factor``)."""
    attrs = variable.attrs
    if variable.dtype.kind not in "iu" or variable.ndim < 2 or any(key in attrs for key in _PACKING):
        return {}
    plain = {re.sub(r"[\s_.-]", "", key).lower(): value for key, value in attrs.items()}
    scale, offset = (
        next((number for name in names if (number := _one_number(plain.get(name))) is not None), None)
        for names in (_SCALES, _OFFSETS)
    )
    if scale is None or (scale, offset or 0.0) == (1.0, 0.0):
        return {}
    return {"scale_factor": scale, "add_offset": offset or 0.0}


def _one_number(value: Any) -> float | None:
    """What an attribute says, if it is one number, as text too."""
    numbers = np.ravel(_read(value) if isinstance(value, str | bytes) else np.nan if value is None else value)
    if numbers.size != 1 or numbers.dtype.kind not in "iuf" or not np.isfinite(numbers[0]):
        return None
    return float(numbers[0])


def _check_packing(name: str, attrs: Mapping[str, Any]) -> None:
    """Refuse packing that leaves nothing of the values.

    Raises:
        UserError: a scale of zero, or one or an offset that is no finite number.
    """
    scale, offset = (np.ravel(attrs.get(key, 1)) for key in _PACKING)
    numbers = [part for part in (scale, offset) if part.dtype.kind in "iuf"]
    if not all(np.isfinite(part).all() for part in numbers) or (
        scale.dtype.kind in "iuf" and not scale.all()
    ):
        said = ", ".join(f"{key} {attrs[key]}" for key in _PACKING if key in attrs)
        raise UserError(
            f"the variable {name!r} cannot be unpacked: {said}", "mend these attributes of the file"
        )


def _ends(variable: xr.Variable, attrs: Mapping[str, Any]) -> dict[str, Any]:
    """The missing value of packed integers that declare none: an end of their range, such as 255 or 32767.

    NetCDF's own defaults are among these. Packed, they look like rain: 32767 in hundredths is 328 mm/h.
    """
    if variable.ndim < 2 or "scale_factor" not in attrs or any(key in attrs for key in _NAMES):
        return {}
    kind = f"{variable.dtype.kind}{variable.dtype.itemsize}"
    codes = [-1] if _is_unsigned(variable) else _ENDS.get(kind, [])
    return {"missing_value": _cast(np.asarray(codes), variable.dtype)} if codes else {}


def _is_unsigned(variable: xr.Variable) -> bool:
    """Whether signed integers stand for unsigned ones, which classic NetCDF lacks."""
    return variable.dtype.kind == "i" and str(variable.attrs.get("_Unsigned", "")).lower() == "true"


def _as_fill_value(attrs: dict[str, Any], dtype: np.dtype[Any]) -> dict[str, Any]:
    """A single missing value under the one of both names that xarray reads as unsigned."""
    if np.size(attrs.get("missing_value", ())) != 1:
        return attrs
    code = _cast(np.asarray(attrs["missing_value"]), dtype)
    return {key: value for key, value in attrs.items() if key != "missing_value"} | {"_FillValue": code}


def _cast(numbers: NDArray[Any], dtype: np.dtype[Any]) -> Any:
    cast = numbers.astype(dtype)
    return cast.ravel()[0] if cast.size == 1 else cast


def _read(text: str | bytes) -> list[float]:
    """The numbers that a text lists; one that is not a number where it lists none."""
    words = (text.decode("utf-8", "replace") if isinstance(text, bytes) else text).replace(",", " ").split()
    try:
        return [float(word.rstrip("fFdD")) for word in words] or [float("nan")]
    except ValueError:
        return [float("nan")]


def _fitting(value: Any, dtype: np.dtype[Any]) -> Any:
    """What an attribute says in the type of the data; None where it says no number of this type."""
    numbers = np.ravel(_read(value) if isinstance(value, str | bytes) else value)
    if numbers.dtype.kind not in "iuf" or not np.isfinite(numbers).all():
        return None
    with np.errstate(invalid="ignore", over="ignore"):
        if dtype.kind != "f" and not (numbers == numbers.astype(dtype)).all():
            return None
    return _cast(numbers, dtype)


def _is_zero(value: Any) -> bool:
    return isinstance(value, int | float | np.number) and float(value) == 0


def _begins_elsewhere(variable: xr.Variable) -> bool:
    return variable.dtype.kind in "iu" and bool(np.any(variable.attrs.get("add_offset", 0)))


def _valid_range(attrs: Mapping[str, Any], dtype: np.dtype[Any]) -> dict[str, float]:
    """Bounds of valid values, unpacked; a range in the type of packed values is packed (CF 2.5.1)."""
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
        if np.asarray(bound).dtype.kind in "iu" and dtype.kind in "iu":
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
