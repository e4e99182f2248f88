"""Rain as a picture: PNG of one frame, animated PNG of several.

A PNG of a palette is a header, colours and deflated indices, and an animated one adds two numbers a frame:
less than an imaging library would cost every user.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

DRY = 0.1  # mm/h
MISSING = (168, 168, 168)
_STOPS = (0.0, 0.01, 0.25, 0.5, 0.75, 1.0)
_COLOURS = ((247, 250, 252), (198, 222, 240), (107, 178, 219), (40, 125, 187), (91, 22, 120), (38, 4, 48))
_LEVELS = 255
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def indices(rain: NDArray[np.float32], top: float) -> NDArray[np.uint8]:
    """Colours of rain (y, x) in mm/h: dry, then logarithmic up to ``top``; missing has the last one."""
    scaled = np.log(np.maximum(np.nan_to_num(rain), DRY) / DRY) / np.log(max(top, 2 * DRY) / DRY)
    levels = np.clip(np.rint(scaled * (_LEVELS - 1)), 0, _LEVELS - 1)
    return np.where(np.isnan(rain), _LEVELS, levels).astype(np.uint8)


def encode(frames: Sequence[NDArray[np.uint8]], milliseconds: int = 200) -> bytes:
    """A PNG of palette indices (y, x); of several frames an animated one, that some readers show still."""
    height, width = frames[0].shape
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    parts = [_SIGNATURE, _chunk(b"IHDR", header), _chunk(b"PLTE", _palette())]
    if len(frames) > 1:
        parts.append(_chunk(b"acTL", struct.pack(">II", len(frames), 0)))
    parts += _images(frames, milliseconds)
    return b"".join([*parts, _chunk(b"IEND", b"")])


def _images(frames: Sequence[NDArray[np.uint8]], milliseconds: int) -> Iterator[bytes]:
    height, width = frames[0].shape
    number = 0
    for index, frame in enumerate(frames):
        if len(frames) > 1:
            control = struct.pack(">IIIIIHHBB", number, width, height, 0, 0, milliseconds, 1000, 0, 0)
            yield _chunk(b"fcTL", control)
            number += 1
        data = zlib.compress(np.pad(frame, ((0, 0), (1, 0))).tobytes(), 6)  # filter 0 begins each row
        if index == 0:
            yield _chunk(b"IDAT", data)
        else:
            yield _chunk(b"fdAT", struct.pack(">I", number) + data)
            number += 1


def _palette() -> bytes:
    where = np.linspace(0, 1, _LEVELS)
    colours = np.array(_COLOURS, float)
    rain = np.stack([np.interp(where, _STOPS, colours[:, i]) for i in range(3)], 1).round()
    return np.vstack([rain, MISSING]).astype(np.uint8).tobytes()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
