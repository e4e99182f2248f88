"""DWD's RADOLAN composites in their own binary form (RADOLAN/RADVOR format description, version 2.5)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from downbench import UserError
from downbench_datasets.reading.formats.bytes_of import bytes_of
from downbench_datasets.reading.formats.lazy_frames import lazy_frame
from downbench_datasets.reading.formats.projected import geographic_surfaces, one_frame, plane

_HEADER = re.compile(
    rb"(?P<product>[A-Z][A-Z0-9])(?P<day>\d\d)(?P<hour>\d\d)(?P<minute>\d\d)\d{5}(?P<month>\d\d)(?P<year>\d\d)"
    rb"BY\s*(?P<size>\d+).*?"
)
_END = b"\x03"  # of the header
_NO_DATA, _NEGATIVE, _VALUE = 0x2000, 0x4000, 0x0FFF
_CLUTTER = 249  # and above: clutter, no data (products of bytes)
_MISSING = (2490, 2500)  # values that mean missing in products without flags
_PROJECTION = "+proj=stere +lat_0=90 +lat_ts=60 +lon_0=10 +a=6370040 +b=6370040 +units=m"
_CORNERS = {  # lower left corner [m] by (rows, columns); the cell of 9 E, 51 N has its corner in each grid
    (900, 900): (-523_462.2, -4_658_645.0),
    (1100, 900): (-543_462.2, -4_808_645.0),
    (1500, 1400): (-673_462.2, -5_008_645.0),
}
_DATE = ("year", "month", "day", "hour", "minute")


@dataclass(frozen=True)
class _Header:
    """What a header says, its own length, and bytes of a cell."""

    product: str
    end: np.datetime64
    minutes: int
    precision: float
    shape: tuple[int, int]
    length: int
    width: int


def open_radolan(path: Path) -> xr.Dataset:
    """Open a composite, lazily: amounts of its interval in mm, or reflectivity in dBZ; rows from the north.

    Raises:
        UserError: a header that cannot be read, a grid that is not RADOLAN's, or fewer data than the header
            says.
    """
    header = _header(bytes_of(path), path)
    if header.width == 1:
        return _reflectivity(path, header)

    def read() -> NDArray[np.float32]:
        content = bytes_of(path)
        words = np.frombuffer(content, "<u2", count=header.shape[0] * header.shape[1], offset=header.length)
        values = (words & _VALUE).astype(np.float32) * np.float32(header.precision)
        values[(words & _NEGATIVE) > 0] *= -1
        values[((words & _NO_DATA) > 0) | np.isin(words & _VALUE, _MISSING) | (words == 0xFFFF)] = np.nan
        return values.reshape(header.shape)[::-1]  # stored from the south

    begin = header.end - np.timedelta64(header.minutes, "m")
    attrs = {"units": "mm", "long_name": f"precipitation (RADOLAN {header.product})"}
    field = lazy_frame(read, header.shape, str(path))
    return one_frame(field, attrs, (begin, header.end), dict(_lines(header.shape)))


def _reflectivity(path: Path, header: _Header) -> xr.Dataset:
    """Products of a byte a cell (RX, WX): dBZ in halves from -32.5 on, 0 for nothing, 249 and 250 missing."""

    def read() -> NDArray[np.float32]:
        count = header.shape[0] * header.shape[1]
        codes = np.frombuffer(bytes_of(path), np.uint8, count=count, offset=header.length)
        values: NDArray[np.float32] = codes.astype(np.float32) / np.float32(2) - np.float32(32.5)
        values[codes == 0] = -np.inf
        values[codes >= _CLUTTER] = np.nan
        return values.reshape(header.shape)[::-1]

    attrs = {"units": "dBZ", "long_name": f"radar reflectivity of precipitation (RADOLAN {header.product})"}
    field = lazy_frame(read, header.shape, str(path))
    return one_frame(field, attrs, (header.end, header.end), dict(_lines(header.shape)))


def _header(content: bytes, path: Path) -> _Header:
    end = content.find(_END, 0, 2000)
    match = _HEADER.match(content)
    if end < 0 or match is None:
        raise UserError(f"{path} is no RADOLAN file: its header cannot be read", "is it cut off?")
    text = content[:end].decode("ascii", "replace")
    interval, precision, grid = (
        re.search(pattern, text) for pattern in (r"INT\s*(\d+)", r"PR\s*E([-+ ]\d\d)", r"GP\s*(\d+)x\s*(\d+)")
    )
    if interval is None or precision is None:
        raise UserError(f"{path}: the RADOLAN header says neither INT nor PR: {text[:80]!r}")
    shape = (int(grid[1]), int(grid[2])) if grid else (900, 900)
    if shape not in _CORNERS:
        raise UserError(f"{path}: a grid of {shape[0]} x {shape[1]} is none of RADOLAN's")
    data = int(match["size"]) - end - 1
    cells = shape[0] * shape[1]
    if data not in (cells, 2 * cells) or len(content) - end - 1 < data:
        raise UserError(
            f"{path} is cut off: {len(content) - end - 1} bytes of data, {max(data, cells)} are needed",
            "fetch it again",
        )
    part = {key: int(value) for key, value in match.groupdict().items() if key in _DATE}
    moment = (
        f"20{part['year']:02d}-{part['month']:02d}-{part['day']:02d}T{part['hour']:02d}:{part['minute']:02d}"
    )
    return _Header(
        product=match["product"].decode(),
        end=np.datetime64(moment, "s"),
        minutes=int(interval[1]),
        precision=10.0 ** int(precision[1]),
        shape=shape,
        length=end + 1,
        width=data // cells,
    )


@lru_cache(maxsize=4)
def _lines(shape: tuple[int, int]) -> dict[str, xr.Variable]:
    left, bottom = _CORNERS[shape]
    x = left + 1000 * (np.arange(shape[1]) + 0.5)
    y = (bottom + 1000 * (np.arange(shape[0]) + 0.5))[::-1]
    return plane(x, y) | geographic_surfaces(_PROJECTION, x, y, "RADOLAN")
