"""The memory of rain and of differences between controls, on series whose memory is set."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from scipy.signal import lfilter

from downbench import FieldSequence
from downbench_datasets.shared.persistence import block_of_controls, rain_memory

DAY, HOUR = np.timedelta64(1, "D"), np.timedelta64(1, "h")


def remembering(rng, count, correlation):
    """Positive series of first order."""
    return np.exp(0.5 * lfilter([1], [1, -correlation], rng.standard_normal(count + 100))[100:])


def field(values, cells=1):
    rain = np.broadcast_to(values[:, None, None, None], (len(values), 1, cells, cells))
    times = np.datetime64("2001-01-01T00:00:00", "ns") + np.arange(len(values)) * DAY
    return xr.DataArray(rain, dims=("time", "tile", "y", "x"), coords={"time": times})


@pytest.mark.parametrize(("correlation", "step"), [(0.8, HOUR), (0.8, 3 * HOUR), (0.5, DAY)])
def test_memory_of_mean_rain(correlation, step):
    steps = np.random.default_rng(1).standard_normal(20_000)
    rain = field(20 + lfilter([1], [1, -correlation], steps), cells=2)
    hours = rain_memory(rain, step) / HOUR
    wanted = -1 / np.log(correlation) * (step / HOUR)
    assert hours == pytest.approx(wanted, rel=0.15)


def daily(days, correlation, warmup=0):
    """A sequence in which errors of both controls grow with a roughness that remembers from day to day."""
    rng = np.random.default_rng(2)
    y, x = np.mgrid[:32, :32]
    roughness = remembering(rng, days + warmup, correlation)[:, None, None, None]
    fine = field(np.ones(days + warmup), cells=32) * (
        2 + np.sin(y / 6) * np.cos(x / 6) * roughness.clip(0, 2)
    )
    coarse = fine.coarsen(y=8, x=8).mean()
    return FieldSequence(
        "s", coarse.to_dataset(name="precipitation"), fine.isel(time=slice(warmup, None)), warmup=warmup
    )


def test_the_block_of_controls_follows_their_memory():
    short, long = (block_of_controls([daily(2000, c)], 8, DAY) / DAY for c in (0.0, 0.8))
    assert short <= 2
    assert 9 <= long <= 16  # three times 4.5 days, roughness is not the difference itself
    assert block_of_controls([daily(2000, 0.8, warmup=5)], 8, DAY) / DAY == pytest.approx(long, abs=1)


def test_missing_cells_and_the_length_of_bins():
    sequence = daily(2000, 0.8)
    masked = sequence.fine.copy(data=sequence.fine.to_numpy().copy())
    masked[:, :, :8, :8] = np.nan
    coarse = sequence.coarse["precipitation"].copy(data=sequence.coarse["precipitation"].to_numpy().copy())
    coarse[:, :, 0, 0] = np.nan
    gap = FieldSequence("s", coarse.to_dataset(name="precipitation"), masked)
    assert block_of_controls([gap], 8, DAY) / DAY >= 9
    assert block_of_controls([sequence], 8, 2 * DAY) % (2 * DAY) == np.timedelta64(0)
