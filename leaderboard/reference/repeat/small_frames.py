"""Frames that short fits are made on: few and small, with and without gaps."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

Values = dict[str, Any]


class SmallFrames(NamedTuple):
    """Frames to fit on and to sample.

    Args:
        name: for people.
        dataset: name of the dataset.
        settings: of the dataset, by ``dataset.parameter``.
        data_root: file that it reads, if any.
        parameters: of a method that trains, in place of those of its reference.
    """

    name: str
    dataset: str
    settings: Values
    data_root: str | None = None
    parameters: Values = {}  # noqa: RUF012


def small_frames(folder: Path) -> list[SmallFrames]:
    """A stand-in with predictors, and a file with topography, a sea without values and random gaps.

    Training data of the second are read from disk as they are needed, those of the first stay in memory.
    """
    file = folder / "gaps.nc"
    with_gaps().to_netcdf(file)
    return [
        SmallFrames("the stand-in", "xshield", {"xshield.size": 32, "xshield.days": 20}),
        SmallFrames(
            "a file with gaps",
            "files",
            {
                "files.factor": 8,
                "files.window": 32,
                "files.statics": {"topography": {"variable": "topography"}},
            },
            str(file),
            {"memory": 1e-6},
        ),
    ]


def with_gaps(frames: int = 160, side: int = 48) -> xr.Dataset:
    """Hourly rain in mm/h (time, y, x) that drifts, with missing values, and topography in m (y, x)."""
    random = np.random.default_rng(7)
    waves = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None, :]) * side
    fields = np.fft.rfft2(random.standard_normal((frames // 8 + 1, side, side))) / (1 + waves) ** 1.5
    smooth = np.fft.irfft2(fields, s=(side, side))
    smooth = smooth / smooth.std()
    rain = np.stack(
        [
            np.roll(np.cos(0.2 * t) * smooth[t // 8] + np.sin(0.2 * t) * smooth[t // 8 + 1], t, axis=1)
            for t in range(frames)
        ]
    )
    rain = (2 * np.maximum(rain - 0.3, 0) ** 1.5).astype(np.float32)
    rain[:, :, :10] = np.nan  # the sea
    rain[random.random(rain.shape) < 0.01] = np.nan
    rain[frames // 3, :20] = np.nan
    topography = (300 * np.maximum(smooth[0], 0)).astype(np.float32)
    times = np.datetime64("2020-06-01", "ns") + np.arange(frames) * np.timedelta64(1, "h")
    degrees = 0.05 * np.arange(side)
    return xr.Dataset(
        {
            "rain": (("time", "lat", "lon"), rain, {"units": "mm/h", "long_name": "precipitation rate"}),
            "topography": (("lat", "lon"), topography, {"units": "m"}),
        },
        coords={
            "time": times,
            "lat": ("lat", 50 + degrees, {"units": "degrees_north"}),
            "lon": ("lon", 5 + degrees, {"units": "degrees_east"}),
        },
    )
