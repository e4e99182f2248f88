"""Rounding of floats to a few bits of their mantissa, so that they pack well and compare equal."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MANTISSA = 23  # bits of a float32


def rounded(values: NDArray[np.float32], bits: int) -> NDArray[np.float32]:
    """Round to ``bits`` bits of the mantissa, halves to even: off by a share of 2 ** -(bits + 1)."""
    drop = MANTISSA - bits
    if drop <= 0:
        return values
    pattern = np.ascontiguousarray(values, np.float32).view(np.uint32)
    half = np.uint32((1 << (drop - 1)) - 1)
    last = (pattern >> np.uint32(drop)) & np.uint32(1)
    mask = np.uint32(0xFFFFFFFF << drop & 0xFFFFFFFF)
    made = ((pattern + half + last) & mask).view(np.float32)
    return np.where(np.isfinite(values), made, values)
