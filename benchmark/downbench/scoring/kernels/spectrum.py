"""Radial power spectra over square windows: plane removed, Hann window, powers added up."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from downbench.contracts.grid import Corners
from downbench.read_only import writable
from downbench.scoring.kernels.jit import Array, compiled, thread_count


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


@compiled
def _taper(fields: Array, y0: int, x0: int, hann: Array, ramp: Array, out: Array) -> None:
    size = len(ramp)
    norm = size * (ramp * ramp).sum()
    for t in range(len(fields)):
        level, slope_y, slope_x = 0.0, 0.0, 0.0
        for y in range(size):
            row = fields[t, y0 + y, x0 : x0 + size]
            total, moment = 0.0, 0.0
            for x in range(size):
                total += row[x]
                moment += ramp[x] * row[x]
            level += total
            slope_y += ramp[y] * total
            slope_x += moment
        level, slope_y, slope_x = level / size**2, slope_y / norm, slope_x / norm
        for y in range(size):
            row, line, weight = fields[t, y0 + y, x0 : x0 + size], out[t, y], hann[y]
            base = level + slope_y * ramp[y]
            for x in range(size):
                line[x] = (row[x] - (base + slope_x * ramp[x])) * weight[x]


def tapered(fields: NDArray[np.float32], y: int, x: int, size: int) -> NDArray[np.float32]:
    """Windows (time, size, size) at (y, x), less their least-squares planes and under the Hann window."""
    out = np.empty((len(fields), size, size), np.float32)
    _taper(writable(fields), y, x, _hann(size), np.arange(size) - (size - 1) / 2, out)
    return out


@compiled
def _add_power(modes: Array, total: Array) -> None:
    flat = total.ravel()
    for t in range(len(modes)):
        parts = modes[t].ravel()
        for i in range(len(flat)):
            re, im = np.float64(parts[i].real), np.float64(parts[i].imag)
            flat[i] += re * re + im * im


def mode_power(windows: NDArray[np.float32]) -> NDArray[np.float64]:
    """Power (size, size // 2 + 1) of each mode of windows (n, size, size), added up over n.

    Over all modes, with mirror images, it adds up to the mean square of the windows (Parseval).
    """
    size = windows.shape[-1]
    total = np.zeros((size, size // 2 + 1))
    _add_power(scipy.fft.rfft2(windows, workers=thread_count()), total)
    return total / size**4


def window_spectrum(
    field: NDArray[np.float32], valid: NDArray[np.bool_], corners: Corners, size: int
) -> NDArray[np.float64]:
    """Sums (2, k) of power and number of modes in the shells 1..size/2, over the windows of (time, y, x).

    A window counts in the frames in which all its cells are ``valid`` (time, y, x).

    Mean power per mode [(field's unit)2] is their ratio, comparable to ``rapsd`` of pysteps.
    """
    shell, twice = _shells(size)
    total = np.zeros((size, size // 2 + 1))
    windows = 0
    for y, x in corners:
        frames = valid[:, y : y + size, x : x + size].all(axis=(1, 2))
        total += mode_power(tapered(field if frames.all() else field[frames], y, x, size))
        windows += int(frames.sum())
    inside = slice(1, size // 2 + 1)
    power = np.bincount(shell, total.ravel() * twice)[inside]
    number = np.bincount(shell, twice)[inside] * windows
    return np.stack([power, number])
