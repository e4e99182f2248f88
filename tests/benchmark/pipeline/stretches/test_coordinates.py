"""Stored predictions open with xarray, without a warning, and say when and where each value is."""

from __future__ import annotations

import warnings
from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr
from sequences import make_sequence, showers

from downbench.pipeline.sample import sample
from downbench.pipeline.stretches.coordinates import axes_of, write_coordinates
from downbench.pipeline.stretches.storing import open_array
from downbench.scoring.ensemble import consolidate

RAIN = showers((6, 2, 16, 16), np.random.default_rng(0))
LAT = np.broadcast_to(np.linspace(60, 50, 16, dtype=np.float32)[:, None], (2, 16, 16))
LON = np.random.default_rng(1).uniform(0, 9, (2, 16, 16)).astype(np.float32)
STATIC = xr.Dataset({"lat": (("tile", "y", "x"), LAT), "lon": (("tile", "y", "x"), LON)})


def opened(sequences, store):
    """What a stranger opens: predictions of these sequences, each filled with its index."""
    plan = SimpleNamespace(members=3, frames=SimpleNamespace(sequences=sequences))
    write_coordinates(store, sequences, 3)
    for number in range(len(sequences)):
        open_array(plan, number, store)[...] = number
    consolidate(store)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ways = [xr.open_zarr(store), *(xr.open_zarr(store, consolidated=way) for way in (True, False))]
    for other in ways[1:]:
        xr.testing.assert_identical(ways[0].load(), other.load())
    return ways[0]


def test_it_carries_time_place_member_and_units(tmp_path):
    data = opened([make_sequence(RAIN, STATIC, start="2020-07-01", hours=3, tiles=[2, 4])], tmp_path / "p")
    rain = data["s"]
    assert rain.attrs["units"] == "mm/h"
    assert rain.dims == ("member", "time", "tile", "y", "x")
    assert set(rain.coords) == {"member", "time", "tile", "lat", "lon"}
    np.testing.assert_array_equal(rain["member"], [0, 1, 2])
    np.testing.assert_array_equal(rain["tile"], [2, 4])
    assert str(rain["time"].to_numpy()[1])[:19] == "2020-07-01T03:00:00"
    np.testing.assert_array_equal(rain["lat"], LAT[0, :, 0])  # straight rows are a line
    assert rain["lat"].attrs == {"standard_name": "latitude", "units": "degrees_north"}
    np.testing.assert_array_equal(rain["lon"], LON)


def test_sequences_of_other_times_have_a_time_axis_of_their_own(tmp_path):
    starts = {"a": "2020-07-01", "b": "2021-07-01", "c": "2020-07-01"}
    data = opened([make_sequence(RAIN, start=start, name=name) for name, start in starts.items()], tmp_path)
    assert [data[name].dims[1] for name in starts] == ["time", "time_2", "time"]
    assert str(data["b"]["time_2"].to_numpy()[0])[:10] == "2021-07-01"
    assert [float(data[name].max()) for name in starts] == [0, 1, 2]


def test_a_sequence_may_be_called_like_a_coordinate(tmp_path):
    data = opened([make_sequence(RAIN, name="time"), make_sequence(RAIN, name="member")], tmp_path)
    assert data["time"].dims == ("member_", "time_", "tile", "y", "x")
    assert float(data["member"].max()) == 1
    assert data["time_"].dtype.kind == "M"


def test_days_of_another_calendar_stay_what_they_are(tmp_path):
    sequence = make_sequence(RAIN[:2], start="2020-02-27T12", hours=24)
    sequence.coarse["time"].attrs["date_calendar"] = "noleap"
    times = opened([sequence], tmp_path)["time"]
    assert times.dt.calendar == "noleap"
    assert [str(time)[:10] for time in times.to_numpy()] == ["2020-02-27", "2020-02-28"]


def test_axes_name_only_the_coordinates_that_there_are():
    assert axes_of([make_sequence(RAIN)], 0).aside == ()
    assert axes_of([make_sequence(RAIN, STATIC)], 0).aside == ("lat", "lon")


@pytest.mark.parametrize("where", ["fresh", "resumed"])
def test_a_run_leaves_them(plan, tmp_path, where):
    from downbench.pipeline.fit import fit

    one = plan(tmp_path)
    fit(one)
    if where == "resumed":
        write_coordinates(one.directory.sample / "partial.zarr", one.frames.sequences, one.members)
    sample(one.sampling)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        data = xr.open_zarr(one.directory.predictions)
    np.testing.assert_array_equal(data["s0"]["time"], one.frames.sequences[0].times)
