"""Times of fine frames, and a day of coarse rain that becomes hours."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from folders import TOY
from toy_runs import toy_run

from downbench import CoarseInput
from downbench.cli.main import main
from downbench.downscaling.fine_frames import refined_in_time
from downbench.plugins.session import configure

HOUR = np.timedelta64(1, "h")


def template(stands: float, bounds: bool) -> CoarseInput:
    """Two days, whose times stand somewhere in them."""
    low = np.array([0, 86400])
    attrs = {"units": "seconds since 2020-01-01", **({"bounds": "tb"} if bounds else {})}
    variables = {
        "day": ("day", low + int(stands * 86400), attrs),
        "lat": ("y", [1.0, 2.0]),
        "n": ("day", [3, 4]),
    }
    if bounds:
        variables["tb"] = (("day", "bnds"), np.stack([low, low + 86400], 1))
    return CoarseInput(xr.Dataset(), xr.Dataset(), xr.Dataset(variables), ("day", "y", "x"), "")


@pytest.mark.parametrize(
    ("stands", "bounds", "first"),
    [(0, True, 0), (0.5, True, 3), (1, True, 6), (1, False, 6), (0, False, -18)],
)
def test_fine_times_stand_where_coarse_ones_do(stands: float, bounds: bool, first: int) -> None:
    fine = refined_in_time(template(stands, bounds), 4, 6 * HOUR).template
    assert (fine["day"] / 3600).values.tolist() == [first + 6 * k for k in range(8)]
    assert fine["n"].values.tolist() == [3, 3, 3, 3, 4, 4, 4, 4]
    assert fine["lat"].values.tolist() == [1, 2]
    if bounds:
        assert (fine["tb"] / 3600).values.tolist() == [[6 * k, 6 * k + 6] for k in range(8)]


def test_a_method_that_refines_time_is_applied(tmp_path: Path) -> None:
    run = toy_run(tmp_path, "nearest", "--set", "toy.time_factor=4", "--metric", "mse")
    rain = np.random.default_rng(0).gamma(0.5, 2.0, (6, 3, 4)).astype(np.float32)
    ends = np.datetime64("2021-01-01T12", "ns") + np.arange(6) * 12 * HOUR
    coords = {"time": ends, "lat": ("lat", [50.0, 49, 48], {"units": "degrees_north"})}
    coords["lon"] = ("lon", [4.0, 5, 6, 7], {"units": "degrees_east"})
    half_days = xr.Dataset({"pr": (("time", "lat", "lon"), rain, {"units": "mm/h"})}, coords)
    half_days.to_netcdf(tmp_path / "half.nc")
    command = ["apply", run, tmp_path / "half.nc", "--out", tmp_path / "out.zarr"]
    options = ["--start", "2021-01-01T18", "--plugin", TOY]
    assert main([str(word) for word in (*command, *options)]) == 0
    configure()
    with xr.open_zarr(tmp_path / "out.zarr") as made:
        wanted = np.datetime64("2021-01-01T15", "ns") + np.arange(20) * 3 * HOUR
        np.testing.assert_array_equal(made["time"], wanted)
        values = made["precipitation"].isel(member=0).to_numpy()
    np.testing.assert_array_equal(values[:, ::8, ::8], rain[1:].repeat(4, axis=0))
