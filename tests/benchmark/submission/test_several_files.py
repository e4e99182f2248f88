"""Predictions in a folder of files: members and times of their own, joined or refused."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from submission_world import good_predictions, small_frames, values_of

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
        assert any(message in finding.message for finding in predictions.findings)


def test_a_member_that_ends_early_is_refused(good: xr.Dataset, tmp_path: Path) -> None:
    for member, half in ((0, slice(0, 3)), (1, slice(0, 3)), (0, slice(3, None))):
        part = good.isel(member=member, time=half).drop_vars("member")
        part.to_netcdf(tmp_path / f"{member}_{half.start}.nc")
    with pytest.raises(Refused, match=r"2 from 0_0\.nc on, 1 from 0_3\.nc on"):
        open_predictions(tmp_path, None)


def test_a_folder_without_predictions_is_said(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="folder without NetCDF files"):
        open_predictions(tmp_path, None)
