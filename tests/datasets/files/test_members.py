"""Ensembles: each member is a tile of its own, of one place, and splits are cut by member."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import conventions as c
import numpy as np
import pytest
import xarray as xr

from downbench import UserError, build_config
from downbench_datasets.files.rain_files import RainFiles
from downbench_datasets.files.said import said_of

FRAMES, MEMBERS = 24, 5


@pytest.fixture
def ensemble(tmp_path: Path) -> Path:
    rain = np.random.default_rng(1).gamma(0.5, 3, (FRAMES, MEMBERS, c.SIDE, c.SIDE)).astype(np.float32)
    data = c.lat_lon(rain[:, 0], "tp", {"units": "mm/h"}, c.ends(FRAMES), "hours since 2020-03-01")
    data["tp"] = (("time", "number", "latitude", "longitude"), rain, {"units": "mm/h"})
    return c.write(data.assign_coords(number=np.arange(10, 10 + MEMBERS)), tmp_path / "a.nc")


def read(root: Path, **settings: Any) -> RainFiles:
    said = {"factor": 4, "members": "number", **settings}
    return RainFiles(build_config("files", RainFiles.Config, {}, None, said), root)


def test_members_are_splits(ensemble: Path) -> None:
    splits = {"train": {"members": [0, 1, 2]}, "validation": {"members": 3}, "test": {"members": [4]}}
    dataset = read(ensemble, splits=splits)
    opened = {split: dataset.open(split)[0] for split in ("train", "validation", "test")}
    assert [each.fine.sizes["tile"] for each in opened.values()] == [3, 1, 1]
    assert all(len(each.times) == FRAMES for each in opened.values()), "members need no gap"
    assert "members 0, 1, 2" in dataset.splits["train"]
    assert np.ptp(opened["train"].static["lat"].to_numpy(), axis=0).max() == 0
    assert opened["train"].static["area"].sizes["tile"] == 3


def test_they_are_shared_out_like_tiles(ensemble: Path) -> None:
    dataset = read(ensemble, split="tile")
    assert dataset.open("test")[0].fine.sizes["tile"] == 1
    assert "splits by member: of one climate" in dataset.notes


def test_members_that_are_not_there_are_named(ensemble: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="there is no member 7"):
        read(ensemble, splits={"test": {"members": [7]}})
    with pytest.raises(UserError, match="no dim 'sample' of members"):
        read(ensemble, members="sample", select={"number": 10})
    with pytest.raises(UserError, match="has members, but the files have none"):
        read(ensemble, members=None, select={"number": 10}, splits={"test": {"members": [0]}})


def test_fingerprints_without_members_are_what_they_were() -> None:
    said = said_of(RainFiles.Config(splits={"test": {"period": "2020"}}), False)
    assert not {"members", "predictors", "statics"} & {*said, *said["splits"]["test"]}
    asked = RainFiles.Config(predictors={"t": {"variable": "ta", "file": "/here/ta.nc"}}, coarse="/here/c.nc")
    assert "/here" not in str(said_of(asked, True))


def coarse_members(path: Path, labels: list[int], turned: bool = False, north: float = 0.0) -> np.ndarray:
    """Coarse rain of members that says which member it is, and which row."""
    side = c.SIDE // 4
    rows = np.arange(side)[:, None] * np.ones(side)
    rain = np.stack([label + 100 * rows for label in labels])[None].repeat(FRAMES, 0).astype(np.float32)
    lat, lon = (np.asarray(line, float).reshape(-1, 4).mean(1) for line in (c.LAT, c.LON))
    data = xr.Dataset(
        {"tp": (("time", "number", "lat", "lon"), rain, {"units": "mm/h"})},
        {
            "time": ("time", np.arange(1, FRAMES + 1), {"units": "hours since 2020-03-01"}),
            "number": labels,
            "lat": ("lat", lat + north, {"units": "degrees_north"}),
            "lon": ("lon", lon, {"units": "degrees_east"}),
        },
    )
    (data.isel(lat=slice(None, None, -1)) if turned else data).to_netcdf(path)
    return rain


def test_members_of_a_pair_go_by_their_labels_and_places(ensemble: Path, tmp_path: Path) -> None:
    """Coarse rain from south to north, its members in another order: each row and member meets its own."""
    said: dict[str, Any] = {"coarse_reading": {"members": "number"}, "splits": {"test": {"period": "2020"}}}
    path, right = tmp_path / "coarse.nc", [10, 11, 12, 13, 14]
    expected = coarse_members(path, right)
    for labels, turned in ((right, True), ([14, 12, 10, 13, 11], False)):
        other = tmp_path / f"{labels[0]}.nc"
        coarse_members(other, labels, turned)
        (test, *_) = read(ensemble, coarse=str(other), **said).open("test")
        np.testing.assert_allclose(test.coarse["precipitation"], expected, rtol=1e-5)
    for labels, north, match in (
        ([10, 11, 12, 13, 15], 0.0, "other members"),
        ([10, 11], 0.0, "other members"),
        (right, 40.0, "cover no block"),
    ):
        other = tmp_path / f"{match}-{len(labels)}.nc"
        coarse_members(other, labels, north=north)
        with pytest.raises(UserError, match=match):
            read(ensemble, coarse=str(other), **said)
    said["coarse_reading"] = {"select": {"number": 10}}
    with pytest.raises(UserError, match="1 tiles or members, where the fine rain has 5"):
        read(ensemble, coarse=str(path), **said)


def test_a_relief_of_a_file_is_that_of_every_member(ensemble: Path, tmp_path: Path) -> None:
    relief = np.arange(c.SIDE * c.SIDE, dtype=np.float32).reshape(c.SIDE, c.SIDE)
    places = {
        "lat": ("lat", c.LAT, {"units": "degrees_north"}),
        "lon": ("lon", c.LON, {"units": "degrees_east"}),
    }
    orog = xr.Dataset({"orog": (("lat", "lon"), relief, {"units": "m"})}, places)
    orog.isel(lat=slice(None, None, -1)).to_netcdf(tmp_path / "orog.nc")
    asked = {"topography": {"variable": "orog", "file": str(tmp_path / "orog.nc")}}
    dataset = read(ensemble, statics=asked, splits={"test": {"period": "2020"}})
    topography = dataset.open("test")[0].static["topography"]
    np.testing.assert_array_equal(topography, np.broadcast_to(relief, (MEMBERS, c.SIDE, c.SIDE)))
