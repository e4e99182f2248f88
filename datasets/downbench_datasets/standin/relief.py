"""Synthetic relief: fractal continents with mountain belts, from a seed."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from downbench_datasets.standin.noise import Band

_CONTINENTS = Band("continents", 110, 4, 3.6, 2)
_BELTS = Band("belts", 60, 20, 3.0, 2)
_PEAKS = Band("peaks", 24, 2.5, 2.6, 2)
_SEA_LEVEL = 0.1  # in standard deviations of the continents' noise: a little more sea than land


@lru_cache(maxsize=32)
def relief(seed: int, tile: int, size: int, points: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Topography (y, x) in m, zero at sea, and land fraction (0 or 1) of one tile.

    Belts of mountains stand where a smooth noise is near zero (ridged noise; Musgrave et al. 1989).
    """

    def noise(band: Band) -> NDArray[np.float32]:
        return band.texture(band.amplitude(points), seed, tile)[:size, :size]

    continents, belts, peaks = noise(_CONTINENTS), noise(_BELTS), noise(_PEAKS)
    inland = np.clip(continents - _SEA_LEVEL, 0, None)
    ridge = np.exp(-((belts / 0.35) ** 2)) * np.clip(inland / 0.4, 0, 1)
    height = 350 * inland**1.3 + 1900 * ridge * np.exp(0.45 * peaks - 0.1) + 60 * inland * np.exp(0.6 * peaks)
    land = inland > 0
    return np.where(land, np.maximum(height, 1), 0).astype(np.float32), land.astype(np.float32)


@lru_cache(maxsize=32)
def slopes(seed: int, tile: int, size: int, points: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Rise of the relief that the flow feels, in m per cell along y and x."""
    smooth = gaussian_filter(relief(seed, tile, size, points)[0], 1.0, mode="nearest")
    return np.asarray(np.gradient(smooth, axis=0)), np.asarray(np.gradient(smooth, axis=1))
