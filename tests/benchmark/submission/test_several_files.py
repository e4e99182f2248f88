"""Predictions in a folder of files: members and times of their own, joined or refused."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from submission_world import good_predictions, small_frames, values_of

from downbench.errors import UserError
from downbench.submission.opening import Refused
from downbench.submission.predictions import find_predictions
from downbench.submission.several_files import open_predictions


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> xr.Dataset:
    return good_predictions(tmp_path_factory.mktemp("good"), tiles=2, members=2)


def test_files_of_a_folder_are_members_and_follow_in_time(good: xr.Dataset, tmp_path: Path) -> None:
    """Each of one member and half of the times, in its own epoch; m10 comes after m2."""
    expected = good["precipitation"].transpose("tile", "member", "time", "y", "x").to_numpy()
    folder = tmp_path / "parts"
    folder.mkdir()
    for member, name in enumerate(("m2", "m10")):
        for half in (slice(0, 3), slice(3, None)):
            part = good.isel(member=member, time=half)
            since = str(part["time"].to_numpy()[0].astype("datetime64[s]")).replace("T", " ")
            part["time"].encoding = {"units": f"seconds since {since}"}
            part.drop_vars("member").to_netcdf(folder / f"{name}_{half.start}.nc")
    (folder / "readme.txt").write_text("none of the ensemble")
    np.testing.assert_array_equal(values_of(folder), expected)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda part: part.isel(time=slice(1, None)), "stand there more than once"),
        (lambda part: part.assign_coords(lat=part["lat"] + 1), "lie 1 degrees apart"),
        (lambda part: part.isel(y=slice(1, None)), "on different grids"),
        (lambda part: part.rename(precipitation="tas"), "call their rain otherwise"),
        (lambda part: part.assign(precipitation=part["precipitation"].assign_attrs(units="m")), "in units"),
    ],
)
def test_files_that_do_not_belong_together_are_refused(good, tmp_path, change, message) -> None:
    for member in (0, 1):
        part = good.isel(member=[member])
        (change(part) if member else part).to_netcdf(tmp_path / f"{member}.nc")
    with closing(find_predictions(tmp_path, small_frames(2))) as predictions:
        assert not predictions.sequences
        [finding] = [one for one in predictions.findings if message in one.message]
    assert finding.check in ("files-unlike", "frames-doubled")


def test_files_without_units_have_those_that_are_said(good: xr.Dataset, tmp_path: Path) -> None:
    """Of two members in mm/day one names no unit: refused with the option for it, and read with it."""
    daily = (good["precipitation"] * 24).astype(np.float32)
    for member, attrs in ((0, {}), (1, {"units": "mm day-1"})):
        part = good.assign(precipitation=daily.assign_attrs(units="")).isel(member=[member])
        part["precipitation"].attrs = attrs
        part.to_netcdf(tmp_path / f"{member}.nc")
    with closing(find_predictions(tmp_path, small_frames(2))) as predictions:
        [finding] = predictions.findings
    assert finding.message.startswith("0.nc and 1.nc differ in units: '' and 'mm day-1'; --units 'mm day-1' ")
    with closing(find_predictions(tmp_path, small_frames(2), units="mm/day")) as predictions:
        values = predictions.sequences["rain"].read(1, slice(None), 2)
        assert {"units-set", "units-converted"} <= {finding.check for finding in predictions.findings}
    np.testing.assert_allclose(
        values, good["precipitation"].isel(tile=1).transpose("member", "time", "y", "x")
    )


def test_one_unit_in_two_spellings_is_one(good: xr.Dataset, tmp_path: Path) -> None:
    for member, units in enumerate(("mm h-1", "mm/h")):
        part = good.isel(member=[member])
        part["precipitation"].attrs["units"] = units
        part.to_netcdf(tmp_path / f"{member}.nc")
    expected = good["precipitation"].transpose("tile", "member", "time", "y", "x").to_numpy()
    np.testing.assert_array_equal(values_of(tmp_path), expected)


def test_units_that_are_said_take_the_place_of_those_in_a_file(good: xr.Dataset, tmp_path: Path) -> None:
    good.to_netcdf(tmp_path / "mine.nc")
    with closing(find_predictions(tmp_path / "mine.nc", small_frames(2), units="mm/day")) as predictions:
        assert {"units-set", "units-converted"} <= {finding.check for finding in predictions.findings}
        assert predictions.sequences["rain"].factor == pytest.approx(1 / 24)
    with pytest.raises(UserError, match="--units: 'furlongs' is not a unit of precipitation"):
        find_predictions(tmp_path / "mine.nc", small_frames(2), units="furlongs")


def test_a_member_that_ends_early_is_refused(good: xr.Dataset, tmp_path: Path) -> None:
    for member, half in ((0, slice(0, 3)), (1, slice(0, 3)), (0, slice(3, None))):
        part = good.isel(member=member, time=half).drop_vars("member")
        part.to_netcdf(tmp_path / f"{member}_{half.start}.nc")
    with pytest.raises(Refused, match=r"2 from 0_0\.nc on, 1 from 0_3\.nc on"):
        open_predictions(tmp_path, None)


@pytest.mark.parametrize("single", [False, True])
def test_members_are_told_by_their_labels_at_all_times(
    good: xr.Dataset, tmp_path: Path, single: bool
) -> None:
    """A member that stands first at some times and last at others would be two halves of different ones."""
    expected = good["precipitation"].transpose("tile", "member", "time", "y", "x").to_numpy()
    for half, order in ((slice(0, 4), (0, 1)), (slice(4, None), (1, 0))):
        part = good.isel(time=half, member=list(order))
        if not single:
            part.to_netcdf(tmp_path / f"{half.start}.nc")
            continue
        for number in (0, 1):
            part.isel(member=number).rename(member="number").to_netcdf(tmp_path / f"{number}_{half.start}.nc")
    np.testing.assert_array_equal(values_of(tmp_path), expected)


def test_a_folder_without_predictions_is_said(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="folder without NetCDF files"):
        open_predictions(tmp_path, None)
