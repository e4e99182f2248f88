"""Resampling between coarse and fine grids whose cells nest; centres, not corners, are aligned."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

Kind = Literal["nearest", "bilinear", "bicubic"]
KEYS = -0.5  # Keys 1981, eq. 15: exact for parabolas; torch and OpenCV have -0.75, which is not


def block_mean(fine: NDArray[Any], factor: int, weights: NDArray[Any] | None = None) -> NDArray[Any]:
    """Mean over blocks of ``factor`` x ``factor`` cells of the last two axes; a block with a NaN is NaN.

    Args:
        fine: (..., y, x), both sizes multiples of ``factor``.
        weights: (y, x) or broadcastable, for instance cell areas; None is equal weights.
    """
    *lead, ny, nx = fine.shape
    blocks = (ny // factor, factor, nx // factor, factor)
    if weights is None:
        return fine.reshape(*lead, *blocks).mean(axis=(-3, -1), dtype=np.float64).astype(fine.dtype)
    weights = np.asarray(weights, np.float64)
    total = weights.reshape(*weights.shape[:-2], *blocks).sum(axis=(-3, -1))
    mass = (fine * weights).reshape(*lead, *blocks).sum(axis=(-3, -1))
    return (mass / total).astype(fine.dtype)


def _kernel(distance: NDArray[Any], kind: Kind, a: float) -> NDArray[Any]:
    d = np.abs(distance)
    if kind == "bilinear":
        return np.clip(1 - d, 0, None)
    near = (a + 2) * d**3 - (a + 3) * d**2 + 1
    far = a * (d**3 - 5 * d**2 + 8 * d - 4)
    return np.where(d <= 1, near, np.where(d < 2, far, 0))


@lru_cache(maxsize=32)
def _matrix(size: int, factor: int, kind: Kind, a: float) -> NDArray[np.float32]:
    """Interpolation weights (size * factor, size); edges repeat the border cell."""
    position = (np.arange(size * factor) + 0.5) / factor - 0.5
    base = np.floor(position).astype(int)
    matrix = np.zeros((size * factor, size))
    reach = range(0, 2) if kind == "bilinear" else range(-1, 3)
    for offset in reach:
        column = base + offset
        weight = _kernel(position - column, kind, a)
        np.add.at(matrix, (np.arange(len(position)), np.clip(column, 0, size - 1)), weight)
    return matrix.astype(np.float32)


def fill_nearest(field: NDArray[Any]) -> NDArray[Any]:
    """Replace each NaN of (..., y, x) by the nearest valid cell of its frame; frames all NaN stay so."""
    out = field.copy()
    flat = out.reshape(-1, *field.shape[-2:])
    for frame in flat:
        missing = np.isnan(frame)
        if missing.any() and not missing.all():
            rows, columns = distance_transform_edt(missing, return_distances=False, return_indices=True)
            frame[...] = frame[rows, columns]
    return out


def upsample(coarse: NDArray[Any], factor: int, kind: Kind = "bilinear", a: float = KEYS) -> NDArray[Any]:
    """Interpolate the last two axes to ``factor`` times their size.

    The block of a missing coarse cell is NaN, and no other: its neighbours are interpolated as if it held
    their nearest valid value. ``bilinear`` agrees with ``torch.nn.functional.interpolate``. ``bicubic`` is
    the cubic convolution of Keys 1981 (doi:10.1109/TASSP.1981.1163711), whose parameter is ``a``.
    """
    if kind == "nearest":
        return coarse.repeat(factor, axis=-2).repeat(factor, axis=-1)
    missing = np.isnan(coarse)
    if missing.any():
        filled = upsample(np.nan_to_num(fill_nearest(coarse)), factor, kind, a)
        filled[upsample(missing, factor, "nearest")] = np.nan
        return filled
    rows = _matrix(coarse.shape[-2], factor, kind, a).astype(coarse.dtype)
    columns = _matrix(coarse.shape[-1], factor, kind, a).astype(coarse.dtype)
    return rows @ coarse @ columns.T
