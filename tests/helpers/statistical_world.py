"""Rain, places and fitting for the tests of statistical methods."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from downbench import FieldSequence, FitContext, Method, SampleContext


def latitudes(height: int, width: int, top: float = 50.0, left: float = 10.0) -> xr.Dataset:
    """Static fields (tile, y, x) of a regular grid of 0.1 degrees."""
    lat, lon = np.meshgrid(top - 0.1 * np.arange(height), left + 0.1 * np.arange(width), indexing="ij")
    return xr.Dataset({"lat": (("tile", "y", "x"), lat[None]), "lon": (("tile", "y", "x"), lon[None])})


def fitted(method: Method, train: Sequence[FieldSequence], directory: Path) -> Method:
    """The method, fitted; the first training sequence also serves as validation."""
    method.fit(tuple(train), (train[0],), FitContext(seed=1, directory=directory))
    return method


def sampled(method: Method, sequence: FieldSequence, members: int = 1, seed: int = 0) -> np.ndarray:
    """Members (member, time, y, x) for the first tile."""
    static = sequence.static.isel(tile=0) if "tile" in sequence.static.dims else sequence.static
    coarse = sequence.coarse.isel(tile=0, drop=True)
    parts = method.sample(coarse, static, members, SampleContext(seed, sequence="s", tile=0))
    return np.concatenate([part.transpose("member", "time", "y", "x").to_numpy() for part in parts], axis=1)


def spotty_rain(frames: int, size: tuple[int, int] = (48, 64), seed: int = 0) -> np.ndarray:
    """Moving showers, (time, y, x) in mm/h."""
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[: size[0], : size[1]]
    rain = np.zeros((frames, *size))
    for t in range(frames):
        for y, x, strength, width in random.random((5, 4)) * [size[0], size[1], 12, 40]:
            rain[t] += strength * np.exp(-((rows - y) ** 2 + (columns - x) ** 2) / (10 + width))
    return np.where(rain > 0.5, rain * random.gamma(4, 0.25, rain.shape), 0).astype(np.float32)
