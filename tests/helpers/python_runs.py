"""Rain in a file with times and places, and what runs on it are asked for."""

from __future__ import annotations

import numpy as np
import xarray as xr
from sequences import showers

METRICS = ("crps", "mse", "psd", "ranks", "quantiles", "warping", "reliability")
SPLITS = {"files.splits": {"test": {}}, "files.window": None, "files.factor": 4}


def rain(frames=14, size=(32, 40)):
    """Rain in mm/h (time, y, x), with a corner that is missing."""
    values = showers((frames, *size), np.random.default_rng(5))
    values[:, :4, :4] = np.nan
    coords = {
        "time": np.datetime64("2021-06-01T03", "ns") + np.arange(frames) * np.timedelta64(3, "h"),
        "lat": ("lat", np.linspace(55, 45, size[0])),
        "lon": ("lon", np.linspace(0, 12, size[1])),
    }
    attrs = {"units": "mm/h"}
    return xr.DataArray(values, coords, ("time", "lat", "lon"), "precipitation", attrs)
