# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A first look
#
# Three methods downscale rain, and we look at what they made: tables, maps, spectra and ranks. The rain is made up
# here, so that the notebook runs anywhere within a minute; **its numbers say nothing about real rain**. With a file
# of your own, skip the first cell and give its path as `data_root`.
#
# This notebook is made by `make notebook` from `docs/notebooks/first_look.py`.

# %%
import tempfile
from pathlib import Path

import numpy as np
import xarray as xr

import downbench

FRAMES, SIZE, MEMBERS = 200, 64, 8
folder = Path(tempfile.mkdtemp())


def moving_rain(frames: int, size: int, seed: int = 1) -> xr.DataArray:
    """Showers in mm/h that move eastward by a cell a step and change on their way."""
    random = np.random.default_rng(seed)
    ky, kx = np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)
    amplitude = 1 / (0.02 + np.hypot(ky, kx)) ** 1.5
    state, rain = np.zeros((size, size)), np.empty((frames, size, size), np.float32)
    for t in range(frames):
        fresh = np.fft.irfft2(np.fft.rfft2(random.standard_normal((size, size))) * amplitude)
        state = 0.95 * np.roll(state, 1, axis=-1) + 0.3 * fresh / fresh.std()
        rain[t] = 2 * np.maximum(state - 0.9, 0) ** 2
    coords = {
        "time": np.datetime64("2021-06-01T03", "ns") + np.arange(frames) * np.timedelta64(3, "h"),
        "lat": np.linspace(52, 46, size),
        "lon": np.linspace(4, 13, size),
    }
    return xr.DataArray(rain, coords, ("time", "lat", "lon"), "precipitation", {"units": "mm/h"})


truth = moving_rain(FRAMES, SIZE)
truth.to_dataset().to_netcdf(folder / "rain.nc")
truth

# %% [markdown]
# ## Run
#
# The last part of the record is the test split. Each method sees the coarse rain, means of 8 x 8 cells, and makes
# an ensemble of fine rain. `downbench.run` does what `bench run` does; what is finished is not computed again.
# Without `metric` it works out the standard set, some thirty metrics.

# %%
runs = downbench.run(
    ["bicubic", "analogs", "lognormal-cascade"],
    "files",
    data_root=folder / "rain.nc",
    metric=["crps", "mse", "psd", "ranks", "quantiles", "bias"],
    members=MEMBERS,
    controls=False,
    runs=folder / "runs",
)
runs

# %% [markdown]
# Every score, with its interval where the record is long enough for one, stands in one tidy table.

# %%
runs.scores.query("metric == 'crps' and region == 'all'")[
    ["method", "season", "value", "low", "high", "unit"]
]

# %% [markdown]
# ## Look

# %%
downbench.plot.maps(runs["analogs"])

# %%
downbench.plot.spectra(runs)

# %%
downbench.plot.intensity(runs)

# %%
downbench.plot.rank_histogram([runs["analogs"], runs["lognormal-cascade"]])

# %% [markdown]
# ## Compare
#
# Differences are paired: both methods met the same weather.

# %%
downbench.compare(*runs, metric=["crps", "mse"])

# %% [markdown]
# ## Take the samples themselves
#
# Predictions carry times, places, members and units.

# %%
samples = runs["analogs"].predictions()
samples

# %% [markdown]
# ## Score what you made elsewhere
#
# Any array of the truth's cells and times can be scored, with the numbers of a run. Here is the truth, one cell off:
# a small error in place that CRPS punishes and the spectrum does not see.

# %%
shifted = truth.roll(lon=1, roll_coords=False)
scores = downbench.score(shifted, truth, 8, metric=["crps", "psd", "bias"])
scores[["metric", "component", "value", "unit"]].dropna()
