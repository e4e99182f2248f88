"""Large arrays of statistics on disk, so that memory does not grow with the length of a record."""

from __future__ import annotations

import mmap
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

SMALL = 1 << 15  # bytes up to which an array stays in memory


class Scratch:
    """Arrays of zeros, the large ones in nameless files of a folder that vanish with the process.

    Chunks come in order of time, so few rows are in use at once; :meth:`release` hands the memory of all
    others back, and the system reads them again when they are asked for. Where there is no such folder, or
    the system cannot do that, the arrays are plain ones.

    Args:
        folder: on a disk with room for the statistics; it must exist.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder if hasattr(mmap, "MADV_DONTNEED") else None
        self._maps: list[Any] = []

    def zeros(self, shape: tuple[int, ...]) -> NDArray[np.float64]:
        """An array of zeros.

        Raises:
            OSError: no room on the disk, found here rather than while the array is filled.
        """
        size = int(np.prod(shape)) * 8
        if self._folder is None or size <= SMALL:
            return np.zeros(shape)
        with tempfile.TemporaryFile(dir=self._folder) as file:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, size)
            else:
                file.truncate(size)
            pages = mmap.mmap(file.fileno(), size)
        self._maps.append(pages)
        return np.frombuffer(pages, np.float64).reshape(shape)

    def release(self) -> None:
        """Let go of the memory; the values stay."""
        for pages in self._maps:
            pages.madvise(mmap.MADV_DONTNEED)
