"""Rain of one tile: a censored, transformed sum of moving noise, shaped by relief and the sun."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates
from scipy.sparse import csr_array

from downbench import upsample
from downbench_datasets.standin.flow import FACTOR, HALO, Flow, Paths
from downbench_datasets.standin.noise import Band, Field, layers, wander
from downbench_datasets.standin.relief import relief, slopes

# Weather systems drift as a whole; what is smaller is carried by the local wind. Lives in frames of 3 h.
SYSTEMS = Band("systems", 160, 48, 3.0, 28, cells=FACTOR)
CARRIED = (
    (Band("clusters", 48, 14, 2.6, 6), 0.67),
    (Band("storms", 16, 6, 2.4, 4), 0.42),
    (Band("cells", 8, 3, 2.0, 2), 0.30),  # born anew in each frame
)
SYSTEMS_WEIGHT = 0.69
THRESHOLD = 1.19  # of the noise, above which it rains
POWER = 2.05
RATE = 1.25  # mm/h
RELIEF, LIFT = 0.45, 0.08  # strength, and the rising wind (m/s) at which it saturates
REGIME, REGIME_LIFE = 0.2, 64  # strength, and frames from birth to end: eight days
DAILY = 0.15
SEASONAL = 0.12


def texture_points(size: int) -> int:
    """Side in cells of the periodic textures."""
    return max(128, -(-(size + 32) // 32) * 32)


CUBIC = -0.75  # of the cubic convolution; part of version 1 of the generator


@lru_cache(maxsize=32)
def amplitude_of(band: Band, points: int) -> Field:
    """Fourier amplitudes of a band, kept."""
    return band.amplitude(points)


@lru_cache(maxsize=8)
def _interpolation(points: int, inner: int, kind: Literal["bilinear", "bicubic"]) -> csr_array:
    """Weights (inner, points) from the coarse grid with halo to the fine window, along one axis.

    Sparse, since BLAS on matrices this small does nothing but wait for its threads.
    """
    whole = upsample(np.eye(points, dtype=np.float32)[:, None], FACTOR, kind, CUBIC)[:, 0].T
    return csr_array(whole[HALO * FACTOR : HALO * FACTOR + inner])


@dataclass
class Weather:
    """What rain and predictors of one frame share, on the coarse grid with its halo."""

    wind: NDArray[np.float64]  # along y and x in m/s, and streamfunction: (3, n, n)
    systems: Field  # (n, n), standard normal
    regime: float


class TileRain:
    """Rain of one tile; keeps textures and paths of the frames asked for so far."""

    def __init__(self, seed: int, tile: int, size: int) -> None:
        self.seed, self.tile, self.size = seed, tile, size
        self.flow = Flow(seed, tile, size)
        self.paths = Paths(self.flow)
        self.points = texture_points(size)
        self._textures: dict[tuple[str, int], Field] = {}
        self._systems: dict[int, Field] = {}
        n = size // FACTOR + 2 * HALO
        self._coarse = np.indices((n, n), np.float64)
        self._fine = np.indices((size, size), np.float32)

    def _texture(self, band: Band, birth: int, points: int) -> Field:
        key = band.name, birth
        if key not in self._textures:
            self._textures[key] = band.texture(amplitude_of(band, points), self.seed, self.tile, birth)
        return self._textures[key]

    def _refine(self, field: NDArray[np.floating], kind: Literal["bilinear", "bicubic"]) -> Field:
        """From the coarse grid with halo (n, n) to the fine window (y, x)."""
        matrix = _interpolation(field.shape[-1], self.size, kind)
        return (matrix @ (matrix @ field.astype(np.float32)).T).T

    def _refine_each(self, fields: NDArray[np.floating]) -> Field:
        return np.stack([self._refine(field, "bilinear") for field in fields])

    def systems(self, time: int) -> Field:
        """Weather systems at ``time``, (n, n) on the coarse grid with halo."""
        if time not in self._systems:
            self._systems[time] = self._moved_systems(time)
        return self._systems[time]

    def _moved_systems(self, time: int) -> Field:
        out = np.zeros(self._coarse.shape[1:], np.float32)
        points = max(64, self.points // FACTOR * 2)
        for birth, weight in layers(time, SYSTEMS.life):
            middle = birth + SYSTEMS.life // 2
            steps = range(middle + 1, time + 1) if time > middle else range(time + 1, middle + 1)
            sign = 1 if time > middle else -1
            moved = sign * sum((self.flow.drift(step - 0.5) for step in steps), start=np.zeros(2))
            origin = self._coarse - moved[:, None, None] / FACTOR
            texture = self._texture(SYSTEMS, birth, points)
            out += weight * map_coordinates(texture, origin, order=3, mode="grid-wrap", prefilter=False)
        return out

    def _carried(self, band: Band, time: int) -> Field:
        out = np.zeros((self.size, self.size), np.float32)
        for birth, weight in layers(time, band.life):
            middle = birth + band.life // 2
            if weight == 0:
                continue
            texture = self._texture(band, birth, self.points)
            if time == middle:
                out += np.float32(weight) * texture[: self.size, : self.size]
            else:
                origin = self._fine - self._refine_each(self.paths.since(middle, time))
                out += np.float32(weight) * map_coordinates(texture, origin, order=1, mode="grid-wrap")
        return out

    def weather(self, time: int) -> Weather:
        """Winds, systems and regime of a frame."""
        regime = float(wander(("regime", self.seed, self.tile), time, REGIME_LIFE)[0])
        return Weather(self.flow.wind(time), self.systems(time), regime)

    def forcing(self, time: int, weather: Weather, sun: NDArray[np.float64]) -> Field:
        """What favours rain besides the noise: relief, the afternoon over land, season, regime; (y, x)."""
        _, land = relief(self.seed, self.tile, self.size, self.points)
        up_y, up_x = slopes(self.seed, self.tile, self.size, self.points)
        wind = self._refine_each(weather.wind[:2])
        width = np.float32(self.flow.geometry["width"].mean())
        lift = (wind[0] * up_y + wind[1] * up_x) / width
        daily, seasonal = self._refine_each(sun)
        out = RELIEF * np.tanh(lift / LIFT) + DAILY * daily * (land - 0.2) + SEASONAL * seasonal
        return out + np.float32(REGIME * weather.regime)

    def rain(self, time: int, weather: Weather, sun: NDArray[np.float64]) -> Field:
        """Rain in mm/h, (y, x) float32, zero where it does not rain."""
        noise = SYSTEMS_WEIGHT * self._refine(weather.systems, "bicubic")
        for band, strength in CARRIED:
            noise += np.float32(strength) * self._carried(band, time)
        excess = np.maximum(noise + self.forcing(time, weather, sun) - np.float32(THRESHOLD), 0)
        return (np.float32(RATE) * excess ** np.float32(POWER)).astype(np.float32)
