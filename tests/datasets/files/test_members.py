"""Ensembles: each member is a tile of its own, of one place, and splits are cut by member."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import conventions as c
import numpy as np
import pytest

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
