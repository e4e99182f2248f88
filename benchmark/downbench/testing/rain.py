"""Made-up rain that checks work on: bands that move, with relief, wind and, when asked for, missing cells.

Rows and columns cannot be taken for each other, nor one frame for the next: the bands lie askew and move on.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from downbench.contracts.dataset import DIMS, FieldSequence
from downbench.resampling import block_mean

FACTOR, HOURS = 8, 3
SQUARE, WIDE, TALL = (64, 64), (48, 64), (72, 40)
STEP = np.timedelta64(HOURS, "h")
PREDICTORS = ("precipitation", "UGRD10m")


def moving_rain(
    frames: int,
    seed: int,
    size: tuple[int, int] = WIDE,
    holes: bool = False,
    time_factor: int = 1,
    start: str = "2021-06-01",
) -> FieldSequence:
    """One tile of moving rain.

    Args:
        frames: coarse ones.
        seed: of the weather.
        size: fine cells along y and x, multiples of 8.
        holes: some cells are missing, in one frame many.
        time_factor: fine frames in a coarse one.
        start: time of the first coarse frame.
    """
    random = np.random.default_rng(seed)
    rain = _bands(frames * time_factor, size, random)
    if holes:
        rain[:, 3, 5] = np.nan
        rain[frames // 2, :, size[1] // 2 :] = np.nan
    first = np.datetime64(start, "ns")
    fine_step = STEP / time_factor
    fine_times = first + STEP + (np.arange(len(rain)) - time_factor + 1) * fine_step
    fine = xr.DataArray(rain[:, None], {"time": fine_times, "tile": [4], **_axes(size)}, DIMS)
    means = block_mean(rain, FACTOR).reshape(frames, time_factor, *(n // FACTOR for n in size)).mean(axis=1)
    wind = np.full(means.shape, 5, np.float32)
    coords = {"time": fine_times[time_factor - 1 :: time_factor], "tile": [4], **_axes(size, FACTOR)}
    coarse = {"precipitation": (DIMS, means[:, None]), "UGRD10m": (DIMS, wind[:, None])}
    relief = random.random((1, *size)).astype(np.float32) * 1000
    static = xr.Dataset({"topography": (DIMS[1:], relief)}, {"tile": [4], **_axes(size)})
    return FieldSequence(
        f"seed-{seed}", xr.Dataset(coarse, coords), fine, static, time_factor=time_factor, record="made-up"
    )


def _axes(size: tuple[int, int], factor: int = 1) -> dict[str, np.ndarray]:
    """Centres of cells along y, to the north, and x, to the east [km]."""
    ny, nx = size
    return {
        "y": (np.arange(ny // factor) + 0.5) * factor * 25.0 + 1000.0,
        "x": (np.arange(nx // factor) + 0.5) * factor * 25.0 + 4000.0,
    }


def _bands(frames: int, size: tuple[int, int], random: np.random.Generator) -> np.ndarray:
    """Rain [mm/h] (time, y, x), float32, about a quarter of it dry."""
    rows, columns = np.mgrid[: size[0], : size[1]]
    centres = random.random((6, 2)) * size
    rain = np.zeros((frames, *size))
    for t in range(frames):
        for y, x in centres:
            across, along = rows - y, columns - (x + 2 * t) % size[1]
            rain[t] += 8 * np.exp(-((across - 0.4 * along) ** 2) / 30 - along**2 / 60)
    return np.where(rain > 0.5, rain * random.gamma(4, 0.25, rain.shape), 0).astype(np.float32)
