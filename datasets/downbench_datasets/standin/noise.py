"""Random fields with a finite memory, each a function of its name and its time alone.

Everything random lives for a fixed time and is cross-faded with what comes after it, as in advected textures
(Neyret 2003, "Advected textures", SCA). So any frame can be worked out without those before it, and blocks
fit together without a seam.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft2, rfft2

from downbench import derive_seed

Field = NDArray[np.float32]


def generator(*identity: object) -> np.random.Generator:
    """A random generator for one use."""
    return np.random.Generator(np.random.SFC64(derive_seed("stand-in 1", *identity)))


def layers(time: float, life: int, phase: int = 0) -> Iterator[tuple[int, float]]:
    """Give the layers alive at ``time`` as (birth, weight); squared weights add up to one.

    A layer is born every ``life / 2`` frames, and grows and fades as a half sine.
    """
    half = life // 2
    newest = int(np.floor((time - phase) / half))
    for k in (newest - 1, newest):
        birth = k * half + phase
        yield birth, float(np.sin(np.pi * (time - birth) / life))


def wander(identity: tuple[object, ...], time: float, life: int, count: int = 1) -> NDArray[np.float64]:
    """Give ``count`` smooth, standard normal random functions of time at ``time``."""
    return sum(
        (weight * generator(*identity, birth).standard_normal(count) for birth, weight in layers(time, life)),
        start=np.zeros(count),
    )


@dataclass(frozen=True)
class Band:
    """Gaussian noise whose power falls as k^-slope between two wavelengths.

    Args:
        name: keys the noise.
        longest, shortest: wavelengths in cells, with soft ends.
        slope: of the power density in two dimensions.
        life: frames from birth to end, even.
        cells: width in cells of a point of the texture's grid.
    """

    name: str
    longest: float
    shortest: float
    slope: float
    life: int
    cells: float = 1.0

    def amplitude(self, points: int) -> Field:
        """Fourier amplitudes (points, points // 2 + 1) that turn white noise into noise of variance one."""
        ky = np.fft.fftfreq(points, self.cells)[:, None]
        k = np.hypot(ky, np.fft.rfftfreq(points, self.cells)[None])
        k[0, 0] = np.inf
        low, high = 1 / self.longest, 1 / self.shortest
        power = k**-self.slope / (1 + (low / k) ** 8) / (1 + (k / high) ** 8)
        weights = np.full(k.shape[1], 2.0)  # the half of the spectrum that is not stored
        weights[0] = weights[-1] = 1
        return np.sqrt(power * points**2 / (power * weights).sum()).astype(np.float32)

    def texture(self, amplitude: Field, *identity: object) -> Field:
        """One periodic texture (points, points)."""
        points = amplitude.shape[0]
        return self.shape(self.white(points, *identity), amplitude)

    def white(self, points: int, *identity: object) -> Field:
        """White noise that a texture is made from."""
        return generator(self.name, *identity).standard_normal((points, points), np.float32)

    @staticmethod
    def shape(white: Field, amplitude: Field) -> Field:
        """Give white noise (..., points, points) the band's spectrum."""
        return irfft2(rfft2(white) * amplitude, white.shape[-2:])
