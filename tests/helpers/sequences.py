"""The builder of sequences for tests: an array of fine rain becomes a sequence; showers to put into it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from downbench import DIMS, FieldSequence, block_mean

FACTOR = 8


def make_sequence(
    fine: np.ndarray,
    static: xr.Dataset | None = None,
    *,
    coarse: np.ndarray | None = None,
    start: str = "2020-07-01",
    hours: int = 1,
    tiles: Sequence[int] | None = None,
    warmup: int = 0,
    name: str = "s",
    **others: np.ndarray,
) -> FieldSequence:
    """Pair fine rain with its block means.

    Args:
        fine: rain in mm/h, (time, y, x) for one tile or (time, tile, y, x).
        static: fine static fields; those of one tile may lack the dim ``tile``.
        coarse: coarse rain instead of the block means of ``FACTOR`` x ``FACTOR`` cells, without warm-up.
        start: time of the first coarse frame.
        hours: time from a frame to the next.
        tiles: labels of the tiles, 0, 1, ... by default.
        warmup: dry coarse frames before the first fine one.
        name: of the sequence.
        others: further coarse fields, with the dims of ``fine`` and with the frames of the warm-up.
    """
    rain = block_mean(fine, FACTOR) if coarse is None else coarse
    before = np.zeros((warmup, *rain.shape[1:]), rain.dtype)
    fields = {"precipitation": np.concatenate([before, rain]), **others}
    times = np.datetime64(start, "ns") + np.arange(warmup + len(fine)) * np.timedelta64(hours, "h")
    labels = list(range(1 if fine.ndim == 3 else fine.shape[1]) if tiles is None else tiles)
    coords = {"time": times, "tile": labels}
    return FieldSequence(
        name,
        xr.Dataset({key: (DIMS, _with_tile(field)) for key, field in fields.items()}, coords),
        xr.DataArray(_with_tile(fine), {**coords, "time": times[warmup:]}, DIMS),
        xr.Dataset() if static is None else static,
        warmup=warmup,
    )


def _with_tile(field: np.ndarray) -> np.ndarray:
    """(time, y, x) or (time, tile, y, x) as (time, tile, y, x)."""
    return field[:, None] if field.ndim == 3 else field


def topography(height: np.ndarray) -> xr.Dataset:
    """Static fields with this relief [m], (tile, y, x)."""
    return xr.Dataset({"topography": (DIMS[1:], height)})


def showers(
    shape: tuple[int, ...], random: np.random.Generator, wet: float = 0.4, shape_of_gamma: float = 0.5
) -> np.ndarray:
    """Rain in mm/h, float32, gamma distributed and independent from cell to cell; a share ``wet`` has any."""
    return (random.gamma(shape_of_gamma, 2.0, shape) * (random.random(shape) < wet)).astype(np.float32)


def shower_sequence(
    frames: int = 8,
    size: tuple[int, int] = (32, 32),
    seed: int = 0,
    *,
    tiles: int = 1,
    wet: float = 0.4,
    wind: bool = False,
    relief: bool = False,
    warmup: int = 0,
) -> FieldSequence:
    """Showers every three hours, with coarse ``wind`` and fine ``topography`` (0 to 1 m) when asked for."""
    random = np.random.default_rng(seed)
    fine = showers((frames, tiles, *size), random, wet)
    coarse_shape = (warmup + frames, tiles, size[0] // FACTOR, size[1] // FACTOR)
    others = {"wind": random.normal(size=coarse_shape).astype(np.float32)} if wind else {}
    static = topography(random.random(fine.shape[1:]).astype(np.float32)) if relief else None
    return make_sequence(fine, static, start="2020-01-01", hours=3, warmup=warmup, **others)
