"""Radial power spectra over square windows: plane removed, Hann window, powers added up."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from downbench.scoring.grid import Corners
from downbench.scoring.jit import thread_count


def wavenumbers(size: int) -> NDArray[np.float64]:
    """Radial wavenumbers [cycles per cell] (k,) of a window of ``size`` cells: 1/size up to 1/2."""
    return np.arange(1, size // 2 + 1) / size


@lru_cache(maxsize=8)
def _hann(size: int) -> NDArray[np.float32]:
    """Periodic Hann window (size, size) of mean square 1, so that white noise keeps its variance."""
    line = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)
    window = np.outer(line, line)
    return (window / np.sqrt(np.mean(window**2))).astype(np.float32)


@lru_cache(maxsize=8)
def _shells(size: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Shell (the radius rounded) and multiplicity of each mode of an ``rfft2``, both flat."""
    ky = np.fft.fftfreq(size, 1 / size)[:, None]
    kx = np.arange(size // 2 + 1)
    shell = np.rint(np.hypot(ky, kx)).astype(np.int64)
    twice = np.where((kx > 0) & (2 * kx < size), 2.0, 1.0)  # modes whose mirror image is left out
    return shell.ravel(), np.broadcast_to(twice, shell.shape).ravel()


def remove_plane(windows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Take the least-squares plane out of each square window (..., size, size)."""
    size = windows.shape[-1]
    ramp = np.arange(size) - (size - 1) / 2
    norm = size * (ramp**2).sum()
    rows = windows.mean(axis=-1, dtype=np.float64)
    columns = windows.mean(axis=-2, dtype=np.float64)
    slope_y = (rows @ ramp) * size / norm
    slope_x = (columns @ ramp) * size / norm
    level = rows.mean(axis=-1)
    plane = (level[..., None] + slope_y[..., None] * ramp)[..., :, None]
    plane = plane + (slope_x[..., None] * ramp)[..., None, :]
    return (windows - plane).astype(np.float32)


def mode_power(windows: NDArray[np.float32]) -> NDArray[np.float64]:
    """Power of each mode of windows (n, size, size), added up over n, as ``rfft2`` lays them out (flat).

    Over all modes with their multiplicity it adds up to the mean square of the tapered windows (Parseval).
    """
    size = windows.shape[-1]
    tapered = remove_plane(windows) * _hann(size)
    modes = scipy.fft.rfft2(tapered, workers=thread_count())
    power = np.einsum("nyx,nyx->yx", modes.real, modes.real, dtype=np.float64)
    power += np.einsum("nyx,nyx->yx", modes.imag, modes.imag, dtype=np.float64)
    return power.ravel() / size**4


def window_spectrum(field: NDArray[np.float32], corners: Corners, size: int) -> NDArray[np.float64]:
    """Sums (2, k) of power and number of modes in the shells 1..size/2, over the windows of (time, y, x).

    Mean power per mode [(field's unit)2] is their ratio, comparable to ``rapsd`` of pysteps.
    """
    shell, twice = _shells(size)
    total = np.zeros(len(shell))
    for y, x in corners:
        total += mode_power(field[:, y : y + size, x : x + size])
    inside = slice(1, size // 2 + 1)
    power = np.bincount(shell, total * twice)[inside]
    number = np.bincount(shell, twice)[inside] * len(corners) * len(field)
    return np.stack([power, number])
