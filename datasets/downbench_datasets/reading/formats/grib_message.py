"""One message of a GRIB file: what it is of, where it stands, and its values."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from downbench import UserError
from downbench_datasets.reading.formats.bytes_of import bytes_of
from downbench_datasets.reading.formats.reduced_rows import even_rows

ECCODES_LOCK = Lock()  # ecCodes is not built for several threads


def load_eccodes(path: Path) -> Any:
    """The library.

    Raises:
        UserError: it is not installed.
    """
    try:
        if find_spec("pyproj") is not None:  # its PROJ and that of ecCodes crash unless it is loaded first
            with contextlib.suppress(Exception):
                import pyproj  # noqa: F401
        import eccodes
    except (ImportError, RuntimeError) as error:
        raise UserError(f"{path} is GRIB, which needs ecCodes", "pip install 'downbench[grib]'") from error
    return eccodes


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
        rows: cells of each row of a reduced grid, which are made as many as in the longest; else none.
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
    rows: tuple[int, ...] = ()
    missing: tuple[float, ...] = ()
    lines: tuple[float, float, float, float] | None = field(default=None)

    def coordinates(self, path: Path) -> dict[str, Any]:
        """Latitude and longitude: lines of a regular or reduced grid, else surfaces."""
        north, east = {"units": "degrees_north"}, {"units": "degrees_east"}
        if self.lines is not None:
            first_lat, last_lat, first_lon, last_lon = self.lines
            if last_lon < first_lon:
                last_lon += 360
            return {
                "lat": ("y", np.linspace(first_lat, last_lat, self.shape[0]), north | {"axis": "Y"}),
                "lon": ("x", np.linspace(first_lon, last_lon, self.shape[1]), east | {"axis": "X"}),
            }
        with _opened(path, self) as (eccodes, handle):
            if self.rows:
                lat = eccodes.codes_get_array(handle, "distinctLatitudes")
                lon = np.arange(self.shape[1]) * (360 / self.shape[1])
                return {"lat": ("y", lat, north | {"axis": "Y"}), "lon": ("x", lon, east | {"axis": "X"})}
            surfaces = [
                eccodes.codes_get_array(handle, key).reshape(self.shape)
                for key in ("latitudes", "longitudes")
            ]
        return {"lat": (("y", "x"), surfaces[0], north), "lon": (("y", "x"), surfaces[1], east)}


@contextlib.contextmanager
def decoded(eccodes: Any, content: bytes) -> Iterator[Any]:
    """A handle on the bytes of a message, one thread at a time."""
    with ECCODES_LOCK:
        handle = eccodes.codes_new_from_message(content)
        try:
            yield handle
        finally:
            eccodes.codes_release(handle)


@contextlib.contextmanager
def _opened(path: Path, message: Message) -> Iterator[tuple[Any, Any]]:
    with path.open("rb") as file:
        if file.read(2) == b"\x1f\x8b":
            content = bytes_of(path)[message.offset : message.offset + message.length]
        else:
            file.seek(message.offset)
            content = file.read(message.length)
    eccodes = load_eccodes(path)
    with decoded(eccodes, content) as handle:
        yield eccodes, handle


def values_of(path: Path, message: Message) -> NDArray[np.float32]:
    """Values (y, x) of a message, missing cells as NaN."""
    with _opened(path, message) as (eccodes, handle):
        mark = float(eccodes.codes_get(handle, "missingValue"))
        masked = bool(eccodes.codes_get(handle, "bitmapPresent"))
        values = eccodes.codes_get_values(handle)
    if masked:
        values[values == mark] = np.nan
    values[np.isin(values, message.missing)] = np.nan
    if message.rows:
        return even_rows(values, message.rows)
    return values.astype(np.float32).reshape(message.shape)
