"""Which format a file has, by what stands in it, and the one function that opens any of them."""

from __future__ import annotations

import gzip
import re
import zipfile
from pathlib import Path

import xarray as xr

from downbench import UserError
from downbench_datasets.reading.formats.groups import open_zarr_groups
from downbench_datasets.reading.formats.hdf5 import open_hdf5
from downbench_datasets.reading.settings import ReadingConfig
from downbench_datasets.shared.stores import NETCDF, is_zarr, open_store

_HEAD = 512  # bytes that tell a format
_RADOLAN = re.compile(rb"[A-Z][A-Z0-9]\d{6}\d{5}\d{4}")
_WEB_PAGE = re.compile(
    rb"^\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)?<(!doctype\s+html|html|head|body)\b", re.I | re.S
)
_ANSWER = re.compile(rb'^\s*(\{\s*"|<\?xml[^>]*>\s*<Error)')  # JSON; XML of an object store
_PACKED = {b"PK\x03\x04": "zip", b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"\x28\xb5\x2f\xfd": "zstd"}
_SUFFIXES = (
    *NETCDF, ".hdf", ".he5", ".rt-h5", ".nc3", ".grib", ".grib1", ".grib2", ".grb", ".grb1", ".grb2",
    ".tif", ".tiff",
)  # fmt: skip
_RADOLAN_NAME = re.compile(r"^raa\d\d-.*-(bin|dwd).*", re.I)


def is_data_file(path: Path) -> bool:
    """Whether a file is named like one of the formats that are read, or packed like one; no hidden one is."""
    if not path.is_file() or path.name.startswith("."):
        return False
    name = path.name.lower().removesuffix(".gz")
    return name.endswith(_SUFFIXES) or bool(_RADOLAN_NAME.match(name))


def looks_like_data(path: Path) -> bool:
    """Whether a file without an ending that says so begins as NetCDF, HDF5 or GRIB does: as WRF's do."""
    if not path.is_file() or path.name.startswith("."):
        return False
    with path.open("rb") as file:
        head = file.read(4)
    return head[:3] == b"CDF" or head in (b"\x89HDF", b"GRIB")


def open_file(path: Path, config: ReadingConfig) -> xr.Dataset:
    """Open a file or a zarr group of any format as a dataset in CF's form, times undecoded, fields lazy.

    Raises:
        UserError: it cannot be opened: unknown, damaged, cut off, or a web page in place of data.
    """
    if is_zarr(path):
        return open_zarr_groups(path, config)
    head = _head(path)
    if not head:
        raise UserError(f"{path} is empty", "fetch it again")
    if _WEB_PAGE.match(head):
        raise UserError(
            f"{path} is a web page and no data",
            "a server answered with a page, often one to log in: fetch it again",
        )
    if _ANSWER.match(head):
        raise UserError(
            f"{path} is the answer of a server and no data: {head[:80].decode(errors='replace').strip()}",
            "fetch it again",
        )
    _refuse_packed(path, head)
    if head[:4] == b"GRIB":
        from downbench_datasets.reading.formats.grib import open_grib

        return open_grib(path, config)
    if head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        from downbench_datasets.reading.formats.geotiff import open_geotiff

        return open_geotiff(path)
    if _RADOLAN.match(head):
        from downbench_datasets.reading.formats.radolan import open_radolan

        return open_radolan(path)
    if head[1:4] == b"HDF":
        return open_hdf5(path, config)
    return open_store(path, config.group)


def _refuse_packed(path: Path, head: bytes) -> None:
    """Refuse archives, and NetCDF or HDF5 that gzip packs: these are read in pieces from where they lie.

    Raises:
        UserError: it is one, with what to do.
    """
    kind = next((name for mark, name in _PACKED.items() if head.startswith(mark)), None)
    if kind is None and (head[1:4] == b"HDF" or head[:3] == b"CDF"):
        with path.open("rb") as file:
            kind = "gzip" if file.read(2) == b"\x1f\x8b" else None
    if kind == "zip" and not zipfile.is_zipfile(path):
        raise UserError(f"the zip file {path} is damaged or cut off", "write or fetch it again")
    if kind is not None:
        raise UserError(f"{path} is packed by {kind}", "unpack it, and give what was in it")


def _head(path: Path) -> bytes:
    """The first bytes, of what is inside where the file is packed by gzip.

    Raises:
        UserError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
        if head[:2] != b"\x1f\x8b":
            return head
        with gzip.open(path) as packed:
            return packed.read(_HEAD)
    except (OSError, EOFError) as error:
        raise UserError(f"{path} cannot be read: {error}", "fetch it again") from error
