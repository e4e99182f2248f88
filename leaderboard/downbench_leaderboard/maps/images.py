"""Rain as an image: a colour scale on a log-like axis, and a small PNG writer.

A palette PNG is a header, a palette and deflated indices; writing it takes twenty lines, less than the
dependency on an imaging library would cost every user.
"""

from __future__ import annotations

import struct
import zlib
from base64 import b64encode
from functools import cache

import numpy as np
from numpy.typing import NDArray

DRY = 0.1  # mm/h, where the logarithmic part of the scale begins
LEVELS = 255  # colours of rain; index 255 is missing
MISSING = (168, 168, 168)
# Lightness falls from dry to heavy, so the order survives grey printing and colour blindness.
_ANCHORS = (
    (0.00, (247, 250, 252)),
    (0.18, (198, 222, 240)),
    (0.38, (107, 178, 219)),
    (0.56, (40, 125, 187)),
    (0.72, (64, 67, 158)),
    (0.86, (91, 22, 120)),
    (1.00, (38, 4, 48)),
)


@cache
def palette() -> NDArray[np.uint8]:
    """The colours of rain and, last, of missing values; (256, 3)."""
    stops = np.array([stop for stop, _ in _ANCHORS])
    colours = np.array([colour for _, colour in _ANCHORS], float)
    where = np.linspace(0, 1, LEVELS)
    rain = np.stack([np.interp(where, stops, colours[:, i]) for i in range(3)], axis=1)
    return np.vstack([rain.round(), MISSING]).astype(np.uint8)


def position(rain: NDArray, top: float) -> NDArray[np.float64]:
    """Place of rain (mm/h) on the scale, 0 to 1: ``log(1 + r / 0.1)`` scaled to 1 at ``top``."""
    return np.clip(np.log1p(np.maximum(rain, 0) / DRY) / np.log1p(top / DRY), 0, 1)


def scale_top(heaviest: float) -> float:
    """The first of 1, 2, 5, 10, 20, 50, ... mm/h that is not below ``heaviest``."""
    steps = [m * 10.0**e for e in range(5) for m in (1, 2, 5)]
    return next((step for step in steps if step >= heaviest), steps[-1])


def ticks(top: float) -> list[tuple[str, float]]:
    """Labels (mm/h) and places of the legend's ticks."""
    marks = [0.0, 0.1, 0.5, *(m * 10.0**e for e in range(5) for m in (1, 2, 5))]
    shown = [mark for mark in marks if mark <= top]
    return [(f"{mark:g}", float(position(np.array(mark), top))) for mark in shown]


def rain_png(rain: NDArray, top: float) -> bytes:
    """Encode a field (y, x) in mm/h as PNG; NaN gets the colour of missing values."""
    with np.errstate(invalid="ignore"):
        scaled = position(np.nan_to_num(rain, nan=0.0), top) * (LEVELS - 1)
    indices = np.where(np.isfinite(rain), scaled.round(), LEVELS).astype(np.uint8)
    height, width = indices.shape
    rows = np.hstack([np.zeros((height, 1), np.uint8), indices]).tobytes()  # each row: filter 0, then pixels
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0))
        + _chunk(b"PLTE", palette().tobytes())
        + _chunk(b"IDAT", zlib.compress(rows, 6))
        + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def data_uri(png: bytes) -> str:
    """A PNG as ``data:`` address, so that a page needs no other file."""
    return "data:image/png;base64," + b64encode(png).decode()


def gradient() -> str:
    """The scale as a CSS gradient for the legend."""
    colours = palette()[np.linspace(0, LEVELS - 1, 17).astype(int)]
    return "linear-gradient(to right," + ",".join(f"rgb({r},{g},{b})" for r, g, b in colours) + ")"
