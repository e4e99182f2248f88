"""Winds that move the rain, and the way that they carry it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft2, rfft2
from scipy.ndimage import map_coordinates

from downbench_datasets.shared.cubed_sphere import cubed_sphere
from downbench_datasets.standin.noise import Band, layers, wander

FACTOR = 8
HALO = 6  # coarse cells around the window, so that what comes in from outside has a flow as well
SECONDS = 3 * 3600.0  # of a frame
_EDDIES = Band("eddies", 190, 60, 3.0, 48, cells=FACTOR)
_EDDY_SPEED = 3.0  # m/s, root mean square of one component
_REGIME_SPEED = 2.5  # m/s
_REGIME_LIFE = 48  # frames: six days


@dataclass(frozen=True)
class Flow:
    """The flow over one tile, on the coarse grid with its halo (n, n)."""

    seed: int
    tile: int
    size: int

    @cached_property
    def geometry(self) -> dict[str, NDArray[np.float64]]:
        """Latitude, longitude (degrees), width of a fine cell (m) and direction of east, each (n, n)."""
        grid = cubed_sphere(48, self.size // FACTOR + 2 * HALO).isel(tile=self.tile)
        fields = {name: grid[name].to_numpy() for name in ("lat", "lon", "east_x", "east_y")}
        return fields | {"width": np.sqrt(grid["area"].to_numpy()) / FACTOR}

    @cached_property
    def _mean(self) -> NDArray[np.float64]:
        """Mean flow, trade winds and westerlies, along the grid's y and x, (2, n, n) in m/s."""
        lat = np.deg2rad(self.geometry["lat"])
        zonal = 8 * np.sin(2 * lat) ** 2 - 4.0 * np.cos(lat) ** 8
        return np.stack([zonal * self.geometry["east_y"], zonal * self.geometry["east_x"]])

    @cached_property
    def _tile_means(self) -> tuple[NDArray[np.float64], float]:
        return self._mean.mean(axis=(1, 2)), float(self.geometry["width"].mean())

    @cached_property
    def _steering(self) -> dict[float, NDArray[np.float64]]:
        return {}

    @cached_property
    def _drift(self) -> dict[float, NDArray[np.float64]]:
        return {}

    @cached_property
    def _eddies(self) -> dict[int, NDArray[np.float32]]:
        return {}

    def _eddy(self, birth: int) -> NDArray[np.float32]:
        """Wind (y, x) and streamfunction of one layer of eddies, free of divergence, (3, n, n)."""
        if birth not in self._eddies:
            n = self.geometry["lat"].shape[0]
            points = max(32, 1 << int(np.ceil(np.log2(n))))
            amplitude = _EDDIES.amplitude(points)
            white = _EDDIES.white(points, self.seed, self.tile, birth)
            psi = rfft2(white) * amplitude
            ky = 2 * np.pi * np.fft.fftfreq(points, FACTOR)[:, None]
            kx = 2 * np.pi * np.fft.rfftfreq(points, FACTOR)[None]
            wavenumber = np.sqrt((amplitude**2 * (kx**2 + ky**2)).sum() / (amplitude**2).sum())
            psi *= _EDDY_SPEED * np.sqrt(2) / wavenumber
            parts = [irfft2(part, (points, points))[:n, :n] for part in (1j * kx * psi, -1j * ky * psi, psi)]
            self._eddies[birth] = np.stack(parts).astype(np.float32)
        return self._eddies[birth]

    def steering(self, time: float) -> NDArray[np.float64]:
        """Wind of the regime, the same over the tile, along y and x in m/s."""
        if time not in self._steering:
            identity = ("steering", self.seed, self.tile)
            self._steering[time] = _REGIME_SPEED * wander(identity, time, _REGIME_LIFE, 2)
        return self._steering[time]

    def drift(self, time: float) -> NDArray[np.float64]:
        """How far the tile's weather systems move in a frame: its mean flow, along y and x in cells."""
        if time not in self._drift:
            mean, width = self._tile_means
            self._drift[time] = (mean + self.steering(time)) * SECONDS / width
        return self._drift[time]

    def wind(self, time: float) -> NDArray[np.float64]:
        """Wind at 700 hPa along the grid's y and x, and the eddies' streamfunction: (3, n, n)."""
        out = np.concatenate([self._mean + self.steering(time)[:, None, None], np.zeros_like(self._mean[:1])])
        for birth, weight in layers(time, _EDDIES.life):
            out += weight * self._eddy(birth)
        return out


class Paths:
    """Displacements of what the wind carries, worked out step by step and kept.

    ``since(reference, time)`` gives, for each point at ``time``, how far it has come since ``reference``:
    (2, n, n) in cells along y and x.
    """

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self._steps: dict[int, NDArray[np.float32]] = {}
        self._known: dict[tuple[int, int], NDArray[np.float32]] = {}
        n = flow.geometry["lat"].shape[0]
        self._index = np.indices((n, n), np.float32)

    def _step(self, time: int) -> NDArray[np.float32]:
        """Displacement between ``time - 1`` and ``time``, in cells."""
        if time not in self._steps:
            wind = self.flow.wind(time - 0.5)[:2]
            self._steps[time] = (wind * SECONDS / self.flow.geometry["width"]).astype(np.float32)
        return self._steps[time]

    def since(self, reference: int, time: int) -> NDArray[np.float32]:
        """Displacement between ``reference`` and ``time``; before the reference it points backward."""
        if time == reference:
            return np.zeros_like(self._index)
        if (reference, time) not in self._known:
            if time > reference:
                nearer, step = self.since(reference, time - 1), self._step(time)
            else:
                nearer, step = self.since(reference, time + 1), -self._step(time + 1)
            origin = self._index - step / FACTOR
            carried = [map_coordinates(part, origin, order=1, mode="nearest") for part in nearer]
            self._known[reference, time] = step + np.stack(carried)
        return self._known[reference, time]
