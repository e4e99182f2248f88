"""Messages of a GRIB file: what each is of, where it stands, and its values."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from downbench import UserError
from downbench_datasets.reading.formats.bytes_of import bytes_of
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


@dataclass(frozen=True)
class Message:
    """One field.

    Args:
        number: of the message in its file, from 0.
        offset, length: of its bytes.
        name: ecCodes' short name, or that of a product of MRMS.
        title: long name.
        units: as ecCodes or the product has them.
        step_type: ``accum``, ``avg``, ``instant``, ...
        member: of an ensemble, else 0.
        start, end: of its interval; equal where it is of a moment.
        grid: digest of the grid.
        shape: rows and columns.
        missing: values besides the message's own that mean missing.
        lines: first and last latitude and longitude of a regular grid, else None.
    """

    number: int
    offset: int
    length: int
    name: str
    title: str
    units: str
    step_type: str
    member: int
    start: np.datetime64
    end: np.datetime64
    grid: str
    shape: tuple[int, int]
    missing: tuple[float, ...] = ()
    lines: tuple[float, float, float, float] | None = field(default=None)

    def coordinates(self, path: Path) -> dict[str, Any]:
        """Latitude and longitude: lines of a regular grid, else surfaces."""
        north, east = {"units": "degrees_north"}, {"units": "degrees_east"}
        if self.lines is not None:
            first_lat, last_lat, first_lon, last_lon = self.lines
            if last_lon < first_lon:
                last_lon += 360
            return {
                "lat": ("y", np.linspace(first_lat, last_lat, self.shape[0]), north | {"axis": "Y"}),
                "lon": ("x", np.linspace(first_lon, last_lon, self.shape[1]), east | {"axis": "X"}),
            }
        handle = _handle(path, self)
        import eccodes

        try:
            surfaces = [
                eccodes.codes_get_array(handle, key).reshape(self.shape)
                for key in ("latitudes", "longitudes")
            ]
        finally:
            eccodes.codes_release(handle)
        return {"lat": (("y", "x"), surfaces[0], north), "lon": (("y", "x"), surfaces[1], east)}


def read_messages(path: Path) -> list[Message]:
    """All messages of a file, packed by gzip or not.

    Raises:
        UserError: ecCodes is missing, the file is damaged or cut off, or a grid has no rows and columns.
    """
    try:
        import eccodes
    except (ImportError, RuntimeError) as error:
        raise UserError(f"{path} is GRIB, which needs ecCodes", "pip install 'downbench[grib]'") from error
    content = bytes_of(path)
    messages: list[Message] = []
    position = content.find(b"GRIB")
    while position >= 0:
        length = _length(content, position)
        if length < 12 or content[position + length - 4 : position + length] != b"7777":
            raise UserError(f"{path}: message {len(messages)} is cut off or damaged", "fetch the file again")
        try:
            handle = eccodes.codes_new_from_message(content[position : position + length])
            try:
                messages.append(_message(eccodes, handle, len(messages), position, length, path))
            finally:
                eccodes.codes_release(handle)
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
    if get("Ni") is None or get("Nj") is None or int(get("Ni")) <= 0 or "reduced" in str(get("gridType")):
        raise UserError(
            f"{path}: its grid {get('gridType')} has no rows and columns", "interpolate it to a regular grid"
        )
    corner = [
        get(f"{axis}Of{which}GridPointInDegrees")
        for axis in ("latitude", "longitude")
        for which in ("First", "Last")
    ]
    regular = get("gridType") == "regular_ll" and not get("jPointsAreConsecutive", 0)
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
        shape=(int(get("Nj")), int(get("Ni"))),
        missing=missing,
        lines=(corner[0], corner[1], corner[2], corner[3]) if regular else None,
    )


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


def _handle(path: Path, message: Message) -> Any:
    import eccodes

    with path.open("rb") as file:
        if file.read(2) == b"\x1f\x8b":
            content = bytes_of(path)[message.offset : message.offset + message.length]
        else:
            file.seek(message.offset)
            content = file.read(message.length)
    return eccodes.codes_new_from_message(content)


def values_of(path: Path, message: Message) -> NDArray[np.float32]:
    """Values (y, x) of a message, missing cells as NaN."""
    import eccodes

    handle = _handle(path, message)
    try:
        mark = float(eccodes.codes_get(handle, "missingValue"))
        masked = bool(eccodes.codes_get(handle, "bitmapPresent"))
        values = eccodes.codes_get_values(handle)
    finally:
        eccodes.codes_release(handle)
    if masked:
        values[values == mark] = np.nan
    values[np.isin(values, message.missing)] = np.nan
    return values.astype(np.float32).reshape(message.shape)
