"""Splits of real files as the dataset opens them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from store_files import rain_file

from downbench import SPLITS, UserError, build_config
from downbench_datasets.files.rain_files import RainFiles
from downbench_datasets.files.splitting.cut import Whole
from downbench_datasets.files.splitting.plan import plan_splits

DAY = np.timedelta64(24, "h")
VALUES = np.random.default_rng(0).gamma(0.5, 2.0, (120, 16, 80)).astype(np.float32)
TIMES = np.datetime64("2020-01-01", "ns") + np.arange(120) * DAY


def read(root: Path, **settings: object) -> RainFiles:
    return RainFiles(build_config("files", RainFiles.Config, {}, None, settings), root)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return Path(rain_file(tmp_path / "a.nc", values=VALUES, times=TIMES))


def test_splits_by_region_have_all_times_and_other_columns(path: Path) -> None:
    dataset = read(path, split="region")
    opened = [dataset.open(split)[0] for split in SPLITS]
    assert [len(one.times) for one in opened] == [120] * 3
    assert [one.fine.sizes["x"] for one in opened] == [24, 8, 16]
    np.testing.assert_array_equal(opened[2].fine[:, 0], VALUES[:, :, 64:])
    assert dataset.splits["test"].endswith("; coarse columns 8 to 9")
    assert "splits by region, 2 coarse cells apart: all see the same weather" in dataset.notes


def test_splits_as_asked_keep_the_gap_and_are_part_of_the_fingerprint(path: Path) -> None:
    asked = {
        "train": {"period": ["2020-01", "2020-03-20/2020-04"]},
        "validation": {"period": "2020-02-01/2020-02-20"},
        "test": {"period": "2020-02-21/2020-03-19"},
    }
    dataset = read(path, splits=asked, gap=48)
    assert dataset.gap == 2 * DAY
    train, test = dataset.open("train"), dataset.open("test")[0]
    assert [s.name for s in train] == ["a-0", "a-81"]
    assert {s.record for s in (*train, test)} == {"a"}
    assert train[1].times[0] - test.times[-1] == 3 * DAY
    assert test.times[0] - dataset.open("validation")[0].times[-1] == 3 * DAY
    assert test.warmup == 2
    assert "non-standard split" in dataset.notes
    only_test = read(path, splits={"test": asked["test"]}, gap=48)
    assert only_test.open("train") == ()
    assert len({d.fingerprint() for d in (dataset, only_test, read(path), read(path, gap=48))}) == 4


def test_warm_up_comes_from_the_gap_and_from_nowhere_else() -> None:
    whole = Whole(TIMES.astype("datetime64[s]"), "standard", 1, (2, 10), None, None, "a.nc")
    plan = plan_splits(whole, DAY, "time", None, None)
    first = plan.parts["test"].frames[0][0]
    assert (plan.gap, plan.warmup("train", 50), plan.warmup("test", first), plan.warmup("test", 3)) == (
        5,
        0,
        5,
        3,
    )
    assert plan_splits(whole, DAY, "time", None, 30 * 24 / 2).warmup("test", 99) == 15
    assert plan_splits(whole, DAY, "region", None, None).warmup("test", 0) == 0


def test_a_gap_that_leaves_no_room_is_refused(path: Path) -> None:
    with pytest.raises(UserError, match="a gap of 60 frames leaves no room for three splits"):
        read(path, gap=60 * 24)


def test_windows_lie_inside_the_region_that_is_tested(path: Path) -> None:
    dataset = read(path, split="region", window=8)
    train, _, test = (dataset.open(split)[0] for split in SPLITS)
    assert test.fine.shape[1:] == (4, 8, 8)
    assert train.fine.sizes["x"] == 24
    parts = [VALUES[0, y : y + 8, x : x + 8] for y in (0, 8) for x in (64, 72)]
    for tile in test.fine[0].to_numpy():
        assert any(np.array_equal(tile, part) for part in parts)
    assert isinstance(test.static, xr.Dataset)
