"""Whether a coarse file has as much rain as rain has: wrong units are seen before anything is made of it."""

from __future__ import annotations

import numpy as np
import xarray as xr

FRAMES = 24  # that are looked at, spread over those that are wanted
WEAKEST = 0.01  # mm/h: where it rains at all, the strongest of so many coarse fields is above this
WETTEST = 10.0  # mm/h as the mean of so many coarse fields


def odd_amounts(rain: xr.DataArray, wanted: slice) -> str:
    """What is odd about the amounts of coarse rain; empty where nothing is, or where it never rains.

    Args:
        rain: (time, tile, y, x) in mm/h, NaN where missing; few frames are read.
        wanted: the frames that are to be downscaled.
    """
    frames = np.arange(rain.sizes["time"])[wanted]
    chosen = np.unique(np.linspace(0, len(frames) - 1, min(FRAMES, len(frames))).astype(int))
    values = rain.isel(time=frames[chosen]).to_numpy()
    valid = values[np.isfinite(values)]
    if not valid.size or valid.max() <= 0:
        return ""
    highest, mean = float(valid.max()), float(valid.mean())
    looked = "in the frames that were looked at"
    if highest < WEAKEST:
        return f"the strongest coarse rain is {highest:.2g} mm/h {looked}"
    if mean > WETTEST:
        return f"the mean coarse rain is {mean:.3g} mm/h {looked}"
    return ""
