"""Is a file a pickle, or does it hold one? Who opens a pickle runs whatever code it names."""

from __future__ import annotations

import bz2
import gzip
import lzma
import pickletools
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

SUFFIXES = {".pkl", ".pickle", ".pt", ".pth", ".ckpt", ".joblib", ".dill"}
_PACKED: dict[bytes, Any] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7z": lzma.open}
_HEAD, _WHOLE = 4096, 1 << 20  # bytes that are looked at, and of a file that is small
SAFE = "write arrays with numpy.savez or safetensors, and settings as JSON: who opens a pickle runs its code"


def pickles_in(folder: Path) -> list[Path]:
    """Files below a folder that are pickles or hold some."""
    return [file for file in sorted(folder.rglob("*")) if file.is_file() and is_pickle(file)]


def is_pickle(file: Path) -> bool:
    """Whether a file is a pickle or holds one, whatever its name; packed ones and arrays of objects count."""
    if file.suffix.lower() in SUFFIXES:
        return True
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as archive:
            return any(
                name.endswith(".pkl") or _starts(archive.open(name).read(_HEAD))
                for name in archive.namelist()
            )
    head = _head(file)
    if _starts(head):
        return True
    return file.stat().st_size <= _WHOLE and _is_old(file.read_bytes())


def _head(file: Path) -> bytes:
    with file.open("rb") as stream:
        head = stream.read(_HEAD)
    for start, opened in _PACKED.items():
        if head.startswith(start):
            with suppress(OSError, EOFError, lzma.LZMAError), opened(file) as stream:
                return bytes(stream.read(_HEAD))
    return head


def _starts(head: bytes) -> bool:
    """Whether bytes begin as a pickle of protocol 2 or later, or as an array of objects."""
    if head.startswith(b"\x93NUMPY"):
        return b"'|O'" in head[:512]
    return len(head) > 2 and head[0] == 0x80 and 2 <= head[1] <= 5


def _is_old(content: bytes) -> bool:
    """Whether bytes are, as a whole, a pickle of the protocols 0 and 1, which have no mark."""
    try:
        name, at = [(operation.name, at) for operation, _, at in pickletools.genops(content)][-1]
    except Exception:
        return False
    return name == "STOP" and len(content) > 2 and at == len(content) - 1
