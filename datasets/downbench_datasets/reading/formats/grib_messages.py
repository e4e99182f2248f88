"""All messages of a GRIB file, as their headers describe them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from downbench import UserError
from downbench_datasets.reading.formats.bytes_of import bytes_of
from downbench_datasets.reading.formats.grib_message import Message, decoded, load_eccodes
from downbench_datasets.shared.stores import reason

_CUT_OFF = "the file is damaged or cut off: fetch it again"
_MRMS = 209  # discipline of NOAA's radar products, which no table of ecCodes knows
_MRMS_SUMS = (1, 3, 6, 12, 24, 48, 72)  # hours of the products of one kind, in the order of their numbers
_MRMS_FIRST = (2, 9, 16, 30, 37)  # radar only, gauge-corrected, Mountain Mapper, multi-sensor passes 1 and 2
_MRMS_CODES = (-1.0, -3.0)  # missing, no coverage
_GRID_KEYS = (
    "gridType",
    "Ni",
    "Nj",
    "latitudeOfFirstGridPointInDegrees",
    "longitudeOfFirstGridPointInDegrees",
)
_STEP_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def read_messages(path: Path) -> list[Message]:
    """All messages of a file, packed by gzip or not.

    Raises:
        UserError: ecCodes is missing, the file is damaged or cut off, or a grid has no rows and columns.
    """
    eccodes = load_eccodes(path)
    content = bytes_of(path)
    messages: list[Message] = []
    position = content.find(b"GRIB")
    while position >= 0:
        length = _length(content, position)
        if length < 12 or content[position + length - 4 : position + length] != b"7777":
            raise UserError(f"{path}: message {len(messages)} is cut off or damaged", "fetch the file again")
        try:
            with decoded(eccodes, content[position : position + length]) as handle:
                messages.append(_message(eccodes, handle, len(messages), position, length, path))
        except eccodes.CodesInternalError as error:
            raise UserError(
                f"{path}: message {len(messages)} cannot be read: {reason(error)}", _CUT_OFF
            ) from error
        position = content.find(b"GRIB", position + length)
    return messages


def _length(content: bytes, position: int) -> int:
    """Length of the message that begins there, by its own word: 3 bytes in GRIB 1, 8 in GRIB 2."""
    edition = content[position + 7] if len(content) > position + 16 else 0
    if edition == 1:
        return int.from_bytes(content[position + 4 : position + 7], "big")
    return int.from_bytes(content[position + 8 : position + 16], "big") if edition == 2 else 0


def _message(eccodes: Any, handle: Any, number: int, offset: int, length: int, path: Path) -> Message:
    def get(key: str, default: Any = None) -> Any:
        try:
            return eccodes.codes_get(handle, key)
        except eccodes.CodesInternalError:
            return default

    name, title, units = str(get("shortName")), str(get("name")), str(get("units"))
    step_type = str(get("stepType", "instant"))
    end = _moment(int(get("validityDate")), int(get("validityTime")))
    span = _seconds_of(get("endStep", 0)) - _seconds_of(get("startStep", 0))
    missing: tuple[float, ...] = ()
    if get("discipline") == _MRMS and get("parameterCategory") == 6:
        name, units, span = _mrms(int(get("parameterNumber")))
        title, missing = f"precipitation ({name} of MRMS)", _MRMS_CODES
    grid = str(get("gridType"))
    rows = tuple(map(int, eccodes.codes_get_array(handle, "pl"))) if get("PLPresent") else ()
    shape = (len(rows), max(rows)) if rows else (int(get("Nj") or 0), int(get("Ni") or 0))
    whole = not rows or _is_global(rows, get)
    if min(shape) <= 0 or get("jPointsAreConsecutive") or not whole:
        raise UserError(
            f"{path}: its grid {grid} has no rows and columns, or is a part of a reduced one",
            "interpolate it to a regular grid: `cdo -R copy in.grib out.grib`, or MARS's grid=0.25/0.25",
        )
    corner = [
        get(f"{axis}Of{which}GridPointInDegrees")
        for axis in ("latitude", "longitude")
        for which in ("First", "Last")
    ]
    return Message(
        number=number,
        offset=offset,
        length=length,
        name=name,
        title=title,
        units=units,
        step_type=step_type,
        member=int(get("number", 0) or 0),
        start=end - np.timedelta64(span, "s"),
        end=end,
        grid=hashlib.sha256(repr([get(key) for key in _GRID_KEYS]).encode()).hexdigest(),
        shape=shape,
        rows=rows,
        missing=missing,
        lines=(corner[0], corner[1], corner[2], corner[3]) if grid == "regular_ll" else None,
    )


def _is_global(rows: tuple[int, ...], get: Callable[[str], Any]) -> bool:
    """Whether rows of different lengths go from longitude 0 round the globe."""
    first, last = get("longitudeOfFirstGridPointInDegrees"), get("longitudeOfLastGridPointInDegrees")
    return sum(rows) == get("numberOfDataPoints") and first == 0 and last > 360 - 1.5 * 360 / max(rows)


def _mrms(number: int) -> tuple[str, str, int]:
    """Name, units and seconds of a precipitation product of MRMS."""
    if number == 1:
        return "precipitation_rate", "mm h-1", 0
    for first in _MRMS_FIRST:
        if first <= number < first + len(_MRMS_SUMS):
            return "precipitation_amount", "mm", 3600 * _MRMS_SUMS[number - first]
    return f"MRMS_6_{number}", "", 0


def _seconds_of(step: Any) -> int:
    """Seconds of a step as ecCodes writes it: 6, '6h', '30m'."""
    text = str(step)
    unit = _STEP_SECONDS.get(text[-1:].lower(), 3600)
    return int(text.rstrip("smhdSMHD") or 0) * unit


def _moment(date: int, time: int) -> np.datetime64:
    day = f"{date:08d}"
    return np.datetime64(f"{day[:4]}-{day[4:6]}-{day[6:]}T{time // 100:02d}:{time % 100:02d}", "s")
