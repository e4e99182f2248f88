"""Stores of zarr in a zip file, read as they lie there: which files are such, and within which bounds."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from downbench.errors import UserError

ZARR_MARKS = ("zarr.json", ".zgroup", ".zattrs", ".zmetadata")  # files of which a store has one
LARGEST_CHUNK = 2**30  # bytes of one file in a store, unpacked: each is read as a whole
LARGEST_TEXT = 2**26  # of one that says what the store holds
_BESIDE = {"__MACOSX", ".DS_Store"}  # what a Mac adds to whatever it packs
_ZIP = b"PK\x03\x04"


def stem_of(path: Path) -> str:
    """Name of a file or group without its ending: ``rain`` of rain.nc, of rain.zarr, and of rain.zarr.zip."""
    return Path(own_name(path)).stem.removesuffix(".zarr")


def own_name(path: Path) -> str:
    """Name by which somebody calls a file or folder: a link's own, and of ``.`` or ``..`` what it means."""
    return path.name if path.name not in ("", "..") else path.resolve().name


def is_zip(path: Path) -> bool:
    """Whether a file begins as a zip file does."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(_ZIP)) == _ZIP


def is_packed_store(path: Path) -> bool:
    """Whether a file is a zip file with a store of zarr in it; a damaged one is none."""
    try:
        return is_zip(path) and _top(_names(zipfile.ZipFile(path))) is not None
    except (zipfile.BadZipFile, OSError):
        return False


def packed_store(path: Path) -> tuple[Any, str]:
    """The store in a zip file, for zarr, and the folder that it lies in; empty where it is the root.

    Nothing is unpacked: each file of the store is read from where it lies, and none is larger than the
    bounds of this module, by what the zip file says and zipfile holds it to.

    Raises:
        UserError: the file holds none, is damaged, or is not within the bounds.
    """
    import zarr

    try:
        with zipfile.ZipFile(path) as packed:
            entries, top = packed.infolist(), _top(_names(packed))
    except (zipfile.BadZipFile, OSError) as error:
        raise UserError(
            f"the zip file {path} is damaged or cut off: {error}", "write or fetch it again"
        ) from None
    if top is None:
        raise UserError(f"the zip file {path} holds no store of zarr", "unpack it, and give what was in it")
    for entry in entries:
        said = entry.filename.rpartition("/")[2] in (*ZARR_MARKS, ".zarray")
        if entry.flag_bits & 1:
            raise UserError(f"{path}: {entry.filename} is encrypted", "pack the store without a password")
        if entry.file_size > (LARGEST_TEXT if said else LARGEST_CHUNK):
            raise UserError(
                f"{path}: {entry.filename} would be {entry.file_size:,} bytes unpacked, too many to read",
                "write the store with smaller chunks",
            )
    return zarr.storage.ZipStore(path, mode="r"), top


def _names(packed: zipfile.ZipFile) -> set[str]:
    with packed:
        return set(packed.namelist())


def _top(names: Iterable[str]) -> str | None:
    """The folder that a store lies in, by the names of all files; None where there is no store."""
    every = set(names)
    first = {name.partition("/")[0] for name in every} - _BESIDE
    tops = ("", f"{next(iter(first))}/") if len(first) == 1 else ("",)
    return next((top[:-1] for top in tops if any(top + mark in every for mark in ZARR_MARKS)), None)
