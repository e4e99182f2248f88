"""Headers of classic NetCDF files: what libraries write passes, what no file can hold is refused."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest
from scipy.io import netcdf_file

from downbench import UserError
from downbench.classic_header import check_classic_header

FORMATS = ["NETCDF3_CLASSIC", "NETCDF3_64BIT_OFFSET", "NETCDF3_64BIT_DATA", "NETCDF4"]


def write(path: Path, kind: str = "NETCDF3_CLASSIC", frames: int | None = 5, **attributes: Any) -> Path:
    """Rain, with an unlimited time if ``frames`` is None, and a variable that must be padded."""
    with netCDF4.Dataset(path, "w", format=kind) as file:
        for name, size in (("time", frames), ("y", 3), ("x", 5)):
            file.createDimension(name, size)
        file.createVariable("time", "f8", ("time",))[:] = np.arange(5.0)
        rain = file.createVariable("rain", "f4", ("time", "y", "x"))
        rain.setncatts(attributes)
        rain[:] = np.ones((5, 3, 5))
        file.createVariable("flag", "i1", ("y",))[:] = 1
        file.createVariable("scalar", "i2", ())[:] = 3
    return path


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("frames", [5, None])
def test_what_netcdf_writes_passes(tmp_path: Path, kind: str, frames: int | None) -> None:
    check_classic_header(write(tmp_path / "a.nc", kind, frames, units="mm/h", odd=np.arange(3, dtype="i2")))


def test_what_scipy_writes_passes(tmp_path: Path) -> None:
    with netcdf_file(tmp_path / "a.nc", "w") as file:
        file.createDimension("time", None)
        file.createVariable("flag", "b", ("time",))[:] = np.ones(3, "i1")
    check_classic_header(tmp_path / "a.nc")


def test_an_empty_file_and_other_formats_are_for_their_readers(tmp_path: Path) -> None:
    for content in (b"", b"CDF", b"GRIB....", b"\x89HDF"):
        (tmp_path / "a.nc").write_bytes(content)
        check_classic_header(tmp_path / "a.nc")


@pytest.mark.parametrize(
    ("what", "number", "said"),
    [
        (b"\x00\x00\x00\x0a\x00\x00\x00\x03", b"\x00\x00\x00\x0a\x60\x00\x00\x03", "dimensions, more than"),
        (b"\x00\x00\x00\x0b\x00\x00\x00\x04", b"\x00\x00\x00\x0c\x00\x00\x00\x04", "no list of variables"),
        (b"time\x00\x00\x00\x05", b"time\x00\x80\x00\x05", "variable 'time' goes beyond the end"),
        (
            b"rain\x00\x00\x00\x03\x00\x00\x00\x00",
            b"rain\x00\x00\x00\x03\x00\x00\x00\x09",
            "a dimension that",
        ),
    ],
)
def test_counts_that_cannot_be(tmp_path: Path, what: bytes, number: bytes, said: str) -> None:
    path = write(tmp_path / "a.nc")
    whole = path.read_bytes()
    assert whole.count(what) == 1
    path.write_bytes(whole.replace(what, number))
    with pytest.raises(UserError, match=said):
        check_classic_header(path)


@pytest.mark.parametrize("frames", [5, None])
def test_a_file_that_was_cut_off_is_refused_wherever(tmp_path: Path, frames: int | None) -> None:
    """netCDF-C reads zeros beyond the end of such a file."""
    path = write(tmp_path / "a.nc", frames=frames)
    whole = path.read_bytes()
    for length in random.Random(0).sample(range(4, len(whole) - 4), 40):
        path.write_bytes(whole[:length])
        with pytest.raises(UserError, match="cannot be opened: its header"):
            check_classic_header(path)
