"""Bytes of a file, unpacked where it is packed by gzip."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

from downbench import UserError


def bytes_of(path: Path) -> bytes:
    """The whole content.

    Raises:
        UserError: it cannot be read, or the packed file is cut off.
    """
    try:
        data = path.read_bytes()
        return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    except (OSError, EOFError, zlib.error) as error:
        raise UserError(
            f"{path} cannot be read: {error}", "the file is damaged or cut off: fetch it again"
        ) from error
