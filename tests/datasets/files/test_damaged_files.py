"""Damaged and strange files: the right rain, or one message that names the file."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
import xarray as xr
from store_files import rain_file

from downbench import SPLITS, UserError, build_config
from downbench_datasets.files.rain_files import RainFiles


def read_all(path):
    """Every frame of every split, fine and coarse, as a run reads them."""
    dataset = RainFiles(build_config("files", RainFiles.Config, {}, None, {"factor": 4}), path)
    return {
        split: [(s.fine.to_numpy(), s.coarse["precipitation"].to_numpy()) for s in dataset.open(split)]
        for split in SPLITS
    }


def test_a_cut_chunk_is_named(tmp_path):
    path = tmp_path / "rain.zarr"
    with xr.open_dataset(rain_file(tmp_path / "rain.nc", shape=(16, 16))) as data:
        data.chunk({"time": 10}).drop_encoding().to_zarr(path, zarr_format=3, consolidated=False)
    chunk = max((path / "precipitation" / "c").rglob("0"), key=lambda file: file.stat().st_size)
    chunk.write_bytes(chunk.read_bytes()[:40])
    with pytest.raises(UserError, match=r"rain.zarr, variable 'precipitation', cannot be read: "):
        read_all(path)


@pytest.mark.parametrize("frames", [0])
@pytest.mark.parametrize("shape", [(16, 16), (0, 16), (16, 0)])
def test_an_axis_without_entries(tmp_path, frames, shape):
    path = rain_file(tmp_path / "a.nc", values=np.zeros((frames, *shape), np.float32))
    with pytest.raises(UserError, match="'precipitation' is empty"):
        read_all(path)


def test_words_in_place_of_numbers(tmp_path):
    words = (("time", "y", "x"), np.full((10, 16, 16), "rain", object))
    data = xr.Dataset({"precipitation": words}, {"time": np.arange(10)})
    data.to_netcdf(tmp_path / "a.nc")
    with pytest.raises(UserError, match="has no precipitation"):
        read_all(tmp_path / "a.nc")


def test_words_beside_the_rain_are_no_matter(tmp_path):
    path = rain_file(tmp_path / "a.nc", expver=("time", np.full(40, "0001", object)))
    assert len(read_all(path)["test"]) == 1


NAMES = ["my rain.nc", "-rain.nc", ".rain.nc", "дождь.nc", "雨.nc", "a=b.nc", "rain", f"{'r' * 120}.nc"]


@pytest.mark.parametrize("name", NAMES)
def test_names_of_files(tmp_path, name):
    expected = read_all(rain_file(tmp_path / "plain.nc", shape=(16, 16)))
    shutil.copy(tmp_path / "plain.nc", tmp_path / name)
    np.testing.assert_array_equal(read_all(tmp_path / name)["test"][0][0], expected["test"][0][0])
