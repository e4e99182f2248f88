"""Statistics that say whether rain looks like rain: those of the protocol's bands."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from downbench import block_mean

WET = 0.1  # mm/h


def _lag1(fields: NDArray[np.float32]) -> float:
    """Pearson correlation of consecutive frames, pooled over all pixels that are valid in both."""
    now, then = fields[1:], fields[:-1]
    both = np.isfinite(now) & np.isfinite(then)
    if both.sum() < 2:
        return float("nan")
    return float(np.corrcoef(then[both].astype(np.float64), now[both].astype(np.float64))[0, 1])


def _kept_variance(fields: NDArray[np.float32], factor: int) -> float:
    """Share of the pooled variance that block means keep, over fully covered blocks."""
    ny, nx = (size // factor * factor for size in fields.shape[-2:])
    fields = fields[..., :ny, :nx]
    means = block_mean(fields, factor)
    covered = np.isfinite(means)
    fine = fields[covered.repeat(factor, axis=-2).repeat(factor, axis=-1)]
    return float(np.var(means[covered], dtype=np.float64) / np.var(fine, dtype=np.float64))


def isotropic_slope(fields: NDArray[np.float32]) -> float:
    """Exponent b of ring-mean power ~ k^-b: frames less their mean, Hann window, missing filled with zero.

    Fitted by least squares in logarithms over wavelengths from 4 cells to a third of the smaller side.
    """
    ny, nx = fields.shape[-2:]
    frames = np.nan_to_num(fields.reshape(-1, ny, nx))
    frames = frames[frames.any(axis=(1, 2))]
    if len(frames) == 0:
        return float("nan")
    window = np.outer(np.hanning(ny), np.hanning(nx)).astype(np.float32)
    size = min(ny, nx)
    k = np.hypot(np.fft.fftfreq(ny)[:, None], np.fft.rfftfreq(nx)[None]) * size
    ring = np.rint(k).astype(int).ravel()
    power = np.zeros(k.shape)
    for frame in frames:
        power += np.abs(np.fft.rfft2((frame - frame.mean()) * window)) ** 2
    mean = np.bincount(ring, power.ravel()) / np.maximum(np.bincount(ring), 1)
    rings = np.arange(3, size // 4 + 1)
    return float(-np.polyfit(np.log(rings), np.log(mean[rings]), 1)[0])


def rain_statistics(fields: NDArray[np.float32], factor: int = 8) -> dict[str, float]:
    """Work out the statistics of the protocol's bands.

    Args:
        fields: rain in mm/h, (time, y, x) or (time, tile, y, x); NaN is missing.
        factor: block size of the coarse grid.

    Returns:
        ``wet`` (share of values above 0.1 mm/h), ``p99``, ``p99.9``, ``p99.99`` and ``max`` (mm/h, over all
        valid values, dry ones too), ``lag1`` (Pearson, pooled), ``slope`` and ``kept_variance``.
    """
    valid = fields[np.isfinite(fields)]
    p99, p999, p9999 = np.quantile(valid, [0.99, 0.999, 0.9999])
    return {
        "wet": float((valid > WET).mean()),
        "p99": float(p99),
        "p99.9": float(p999),
        "p99.99": float(p9999),
        "max": float(valid.max()),
        "lag1": _lag1(fields),
        "slope": isotropic_slope(fields),
        "kept_variance": _kept_variance(fields, factor),
    }
