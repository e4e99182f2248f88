"""Samples that keep the coarse input: their block means are given back exactly.

The coarse rain is the mean of the fine (perfect model), so a sample whose block means differ is wrong there
for certain. Multiplicative constraint in the line of Harder et al. 2023 (arXiv 2208.05424), smoothed, so that
a correction does not step from block to block where it need not.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from downbench import block_mean, upsample

Array = NDArray[np.float32]
SMOOTH_PASSES = 3
REACH = 4.0  # largest factor of a smooth pass
SHARE = 0.05  # of the input that a block holds at least before it is scaled


def conserve(rain: Array, coarse: Array, factor: int, area: NDArray[Any] | None = None) -> Array:
    """Scale rain so that the (area-weighted) mean of every block is the coarse rain.

    Args:
        rain: mm/h, (member, time, y, x), not negative.
        coarse: mm/h, (time, Y, X); where it is NaN, a block keeps the mean it has.
        factor: fine cells along the edge of a coarse cell.
        area: of the fine cells (y, x), any unit; None is equal areas.
    """
    held = block_mean(rain, factor, area)
    wanted = np.where(np.isnan(coarse), held, coarse).astype(np.float32)
    # a block that came out dry has nothing to scale: interpolated rain stands in
    lacking = upsample(held < SHARE * wanted, factor, "nearest")
    rain = np.where(lacking, rain + SHARE * np.maximum(upsample(wanted, factor), 1e-6), rain)
    for _ in range(SMOOTH_PASSES):
        ratio = np.clip(_ratio(wanted, block_mean(rain, factor, area)), 1 / REACH, REACH)
        rain = rain * upsample(ratio, factor)
    rain = rain * upsample(_ratio(wanted, block_mean(rain, factor, area)), factor, "nearest")
    return rain.astype(np.float32)


def _ratio(wanted: Array, held: Array) -> Array:
    """Wanted over held rain; one where neither has any."""
    dry = held < 1e-9
    return np.where(dry, 1, wanted / np.where(dry, 1, held)).astype(np.float32)
