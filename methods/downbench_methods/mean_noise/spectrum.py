"""Gaussian noise with a spectrum: the isotropic one of a field, estimated where parts of it are missing."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.fft import fft2, ifft2, irfft2, rfft2

from downbench import Config

Array = NDArray[np.float32]
EXACT = 4  # cells up to which each distance on the grid has a value of its own
REACH = 32  # cells beyond which values are taken to be independent


class IsotropicSpectrum(Config):
    """The spectrum of a stationary, isotropic field, kept as its transform: the correlation by distance.

    Args:
        distance: in cells, rising from zero.
        correlation: at these, one at the first and zero from the last on.
    """

    distance: tuple[float, ...] = (0.0, 1.0)
    correlation: tuple[float, ...] = (1.0, 0.0)

    @classmethod
    def fit(cls, fields: Iterable[tuple[Array, NDArray[np.bool_]]], reach: int = REACH) -> Self:
        """Estimate it from fields of zero mean.

        Products of all pairs of valid cells are summed by their distance, by Fourier transforms of the fields
        in a frame of zeros (Wiener-Khinchin), so that neither edges nor gaps take anything off.

        Args:
            fields: (n, y, x) with where they count; all of one size.
            reach: cells at which the correlation has come down to zero; it is led there from half of it on.
        """
        products, pairs = np.zeros(1), np.zeros(1)
        height = width = 0
        for field, valid in fields:
            height, width = field.shape[-2:]
            frame = (2 * height, 2 * width)
            products = products + _pairs(np.where(valid, field, 0).astype(np.float64), frame)
            pairs = pairs + _pairs(valid.astype(np.float64), frame)
        reach = min(reach, max(height, width) - 1)
        if not pairs.any() or products.flat[0] <= 0 or reach < 1:
            return cls()
        distance = _distance(products.shape)
        near = (distance <= reach) & (pairs > 0.5)  # whole numbers, to rounding
        # each distance by itself where there are few of them, then by whole cells
        rings = np.where(distance <= EXACT, distance, np.rint(distance))[near]
        ring = np.unique(rings.round(6), return_inverse=True)[1]
        sums, counts, paths = (np.bincount(ring, x[near]) for x in (products, pairs, pairs * distance))
        at = paths / counts
        correlation = sums / counts / (sums[0] / counts[0]) * _taper(at / reach)
        correlation[-1] = 0.0
        return cls(distance=tuple(at.tolist()), correlation=tuple(correlation.tolist()))

    @property
    def reach(self) -> int:
        """Cells from which on values are independent."""
        return math.ceil(self.distance[-1])

    def power(self, shape: tuple[int, int]) -> NDArray[np.float64]:
        """Power of each wave of a periodic grid (y, x), of mean one and nowhere below zero."""
        correlation = np.interp(_distance(shape), self.distance, self.correlation, right=0.0)
        power = np.maximum(fft2(correlation).real, 0)
        return power / power.mean()

    def shape(self, size: tuple[int, int]) -> tuple[int, int]:
        """Of the white noise (y, x) that a field of some size is made of: wider, lest its edges meet."""
        return size[0] + self.reach, size[1] + self.reach

    def colour(self, white: Array) -> Array:
        """Standard normal fields with this spectrum, (..., y, x), from white noise of :meth:`shape`."""
        height, width = white.shape[-2:]
        amplitude = np.sqrt(self.power((height, width))[:, : width // 2 + 1]).astype(np.float32)
        coloured = irfft2(rfft2(white) * amplitude, s=(height, width))
        return coloured[..., : height - self.reach, : width - self.reach].astype(np.float32)


def _pairs(field: NDArray[np.float64], frame: tuple[int, int]) -> NDArray[np.float64]:
    """Sums over pairs of cells of products by offset, of fields (n, y, x) in a frame of zeros."""
    power = np.square(np.abs(fft2(field, s=frame))).sum(0)
    return np.asarray(ifft2(power).real)


def _distance(shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Distance of each cell of a periodic grid from its first one."""
    y, x = (np.minimum(np.arange(n), n - np.arange(n)) for n in shape)
    return np.hypot(y[:, None], x)


def _taper(part: NDArray[np.float64]) -> NDArray[np.float64]:
    """One up to half of the reach, from there on a cosine down to zero."""
    return (1 + np.cos(np.pi * np.clip(2 * part - 1, 0, 1))) / 2
