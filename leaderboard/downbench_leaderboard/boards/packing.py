"""Arrays as text: a page carries its numbers as base64 of 32-bit floats, which is small and quick to read.

A number that is missing is a nan whose lowest bits say why: the index of its reason.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

_QUIET_NAN = 0x7FC00000
_MOST_REASONS = 1 << 22


def pack_floats(values: NDArray[np.float64]) -> str:
    """Little-endian 32-bit floats, seven digits, in the order of the array; nan where there is no value."""
    with np.errstate(over="ignore"):
        return b64encode(values.astype("<f4").tobytes()).decode()


def pack_cells(
    values: NDArray[np.float64], reasons: Mapping[tuple[int, int], str], numbers: dict[str, int]
) -> str:
    """Values (row, column) whose nans carry the number of their reason, 0 where none was given.

    Args:
        values: of one region and season.
        reasons: by place.
        numbers: reason to its number, from 1; new ones are added.
    """
    with np.errstate(over="ignore"):
        packed = values.astype("<f4")
    packed[~np.isfinite(packed)] = np.nan
    bits = packed.view("<u4")
    bits[np.isnan(packed)] = _QUIET_NAN
    for place, reason in reasons.items():
        if np.isnan(packed[place]):
            number = numbers.setdefault(reason, len(numbers) + 1)
            bits[place] = _QUIET_NAN | min(number, _MOST_REASONS - 1)
    return b64encode(bits.tobytes()).decode()


def pack_whole(values: NDArray[np.float64], size: int) -> str:
    """Signed whole numbers of ``size`` bytes each, little-endian."""
    return b64encode(np.rint(values).astype(f"<i{size}").tobytes()).decode()
