"""Zarr and NetCDF, float32 and float64: the same scores."""

from __future__ import annotations

import json

import numpy as np
import pytest
import xarray as xr


def field(kind):
    """Two days of rain by the hour, with a hole, on a lat-lon grid; the same numbers in either kind."""
    rng = np.random.default_rng(5)
    rain = rng.gamma(0.3, 3, (48, 48, 64)).astype(np.float32)
    rain[rng.random(rain.shape) < 0.6] = 0
    rain[:, :9, :9] = np.nan
    rain[30, 20:30] = np.nan
    return xr.Dataset(
        {"precipitation": (("time", "lat", "lon"), rain.astype(kind), {"units": "mm h-1"})},
        coords={
            "time": np.datetime64("2020-01-01T01", "ns") + np.arange(48) * np.timedelta64(1, "h"),
            "lat": ("lat", 40 - 0.25 * np.arange(48.0), {"units": "degrees_north"}),
            "lon": ("lon", 10 + 0.25 * np.arange(64.0), {"units": "degrees_east"}),
        },
    )


def scores(bench, path):
    command = ["run", "-d", "files", "--data-root", path, "-m", "bicubic", "--no-controls", "--json"]
    command += ["--region", "south=10,30,30,35"]
    [found] = json.loads(bench(*command).stdout)["runs"]
    assert found["status"] == "finished", found["reason"]
    keys = ("metric", "component", "region", "season")
    return {tuple(s[k] for k in keys): (s["value"], s["low"], s["n"], s["reason"]) for s in found["scores"]}


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    return {}


@pytest.mark.parametrize("kind", ["float32", "float64"])
@pytest.mark.parametrize("store", ["nc", "zarr"])
def test_the_same_scores(bench, tmp_path, first, kind, store):
    """Bit for bit: what is read in float64 is cast once, before anything is worked out."""
    data = field(kind)
    path = tmp_path / f"rain.{store}"
    data.to_netcdf(path) if store == "nc" else data.to_zarr(path, zarr_format=2)
    assert xr.open_dataset(path)["precipitation"].dtype == kind
    found = scores(bench, path)
    assert found["crps", "", "south", "all"][0] > 0
    first.setdefault("scores", found)
    assert found == first["scores"]
