"""The original stores as a dataset: members are split, and none may be the same weather as another."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
import xarray as xr
from store_files import UNITS, hours, rain_like, write, write_fv3gfs

from downbench import SPLITS, UserError, block_mean
from downbench_datasets.xshield.common import XShieldConfig
from downbench_datasets.xshield.stores_dataset import XShieldStores


def read(root):
    return XShieldStores(XShieldConfig(), root)


def test_two_members_are_split_in_time(tmp_path):
    dataset = read(write_fv3gfs(tmp_path, members=2))
    assert dataset.variant == "fv3gfs, non-standard split"
    assert any("non-standard split" in note for note in dataset.notes)
    assert [sequence.name for sequence in dataset.open("test")] == ["0001", "0002"]
    test, validation = dataset.open("test")[0], dataset.open("validation")[0]
    assert test.times[0] - validation.times[-1] > dataset.gap
    assert test.warmup == 2
    assert test.coarse["time"][0] == test.times[0] - 2 * dataset.step


def test_identical_members(tmp_path):
    with pytest.raises(UserError, match="0001 and 0002 are identical"):
        read(write_fv3gfs(tmp_path, members=2, same=True))


def test_members_of_different_length(tmp_path):
    write_fv3gfs(tmp_path / "long", members=2, frames=24)
    root = write_fv3gfs(tmp_path / "short", members=2, frames=16)
    for kind in ("c384_precip_ave", "c48_precip_plus_more_ave", "c48_atmos_ave"):
        shutil.rmtree(root / kind / "0001")
        shutil.copytree(tmp_path / "long" / kind / "0001", root / kind / "0001")
    with pytest.raises(UserError, match="member 0002 differs from 0001"):
        read(root)


def test_of_three_members_the_last_is_tested_and_the_one_before_validates(tmp_path):
    dataset = read(write_fv3gfs(tmp_path, members=3))
    names = {split: [sequence.name for sequence in dataset.open(split)] for split in SPLITS}
    assert names == {"train": ["0001"], "validation": ["0002"], "test": ["0003"]}
    assert dataset.variant == "fv3gfs"


def test_parameters_of_the_standin_are_refused(tmp_path):
    with pytest.raises(UserError, match="days: parameters of the stand-in"):
        XShieldStores(XShieldConfig(days=10), tmp_path)


def test_hardly_diverged_members_are_noted(tmp_path):
    root = write_fv3gfs(tmp_path, members=2, same=True)
    shutil.rmtree(root / "c48_precip_plus_more_ave" / "0002" / "sfc_8xdaily_ave_coarse.zarr")
    shutil.rmtree(root / "c384_precip_ave" / "0002" / "sfc_8xdaily_ave.zarr")
    rain = rain_like(24, 0) * np.float32(1.1)
    dims = ("time", "tile", "grid_yt", "grid_xt")
    tile = {"tile": np.arange(6)}
    write(root / "c384_precip_ave/0002/sfc_8xdaily_ave.zarr", {"PRATEsfc": (dims, rain, {"units": UNITS})},
          hours(24), **tile)  # fmt: skip
    coarse = {"PRATEsfc_coarse": (dims, block_mean(rain, 8), {"units": UNITS})}
    first = xr.open_zarr(
        root / "c48_precip_plus_more_ave/0001/sfc_8xdaily_ave_coarse.zarr", decode_times=False
    )
    others = {str(k): (dims, v.values) for k, v in first.data_vars.items() if k != "PRATEsfc_coarse"}
    write(
        root / "c48_precip_plus_more_ave/0002/sfc_8xdaily_ave_coarse.zarr",
        {**coarse, **others},
        hours(24),
        **tile,
    )
    assert any("hardly diverged" in note for note in read(root).notes)
