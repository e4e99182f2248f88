"""Prepared stores: sharded, gone on with, the same for everybody, and damage is noticed."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
import zarr

from downbench import RunFailed
from downbench_datasets.fetching.pieces import Pieces
from downbench_datasets.preparing import store_writer
from downbench_datasets.preparing.store_writer import write_record
from downbench_datasets.shared.content import content_of, stated_content
from downbench_datasets.shared.fingerprint import digest_store

RAIN = np.clip(np.random.default_rng(1).normal(size=(10, 1, 8, 8)), 0, None).astype(np.float32)


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch):
    """Shards of four frames, chunks of two."""
    monkeypatch.setattr(store_writer, "SHARD", 4 * 8 * 8 * 4)
    monkeypatch.setattr(store_writer, "CHUNK", 2 * 8 * 8 * 4)


def record(rain=RAIN):
    time = np.datetime64("2020-01-01", "s") + np.arange(len(rain)) * np.timedelta64(3600, "s")
    lines = {"time": time, "y": ("y", np.arange(8.0)), "x": ("x", np.arange(8.0))}
    return xr.Dataset({"precipitation": (("time", "tile", "y", "x"), rain)}, lines)


class Stops(RuntimeError):
    """Raised in place of a kill."""


def stop_at(frames):
    def tell(text):
        if f": {frames} of" in text:
            raise Stops

    return tell


def test_a_store_in_shards_holds_the_rain(tmp_path):
    store = write_record(record(), tmp_path / "a.zarr", "key")
    array = zarr.open_group(store)["precipitation"]
    assert (array.shards, array.chunks) == ((4, 8, 8), (2, 8, 8))
    with xr.open_zarr(store) as made:
        np.testing.assert_array_equal(made["precipitation"], RAIN[:, 0])
        assert made["precipitation"].attrs["units"] == "mm h-1"


def test_an_interrupted_call_goes_on_and_the_result_is_the_same(tmp_path):
    with pytest.raises(Stops):
        write_record(record(), tmp_path / "a.zarr", "key", stop_at(8))
    assert not (tmp_path / "a.zarr").exists()
    told = []
    write_record(record(), tmp_path / "a.zarr", "key", told.append)
    assert told == ["a.zarr: 10 of 10 time steps"], "the first two shards stood there"
    write_record(record(), tmp_path / "b.zarr", "key")
    files = [
        sorted((p.relative_to(s), p.read_bytes()) for p in s.rglob("*") if p.is_file())
        for s in (tmp_path / "a.zarr", tmp_path / "b.zarr")
    ]
    assert files[0] == files[1]


def test_an_interruption_before_the_first_piece_is_noted_is_gone_on_from(tmp_path, monkeypatch):
    """The template stands there whole or in part, and nobody has written down that it does."""

    def stop(*_):
        raise Stops

    with monkeypatch.context() as patch:
        patch.setattr(Pieces, "finish", stop)
        with pytest.raises(Stops):
            write_record(record(), tmp_path / "a.zarr", "key")
    store = write_record(record(), tmp_path / "a.zarr", "key")
    assert content_of(store) == content_of(write_record(record(), tmp_path / "b.zarr", "key"))


def test_the_digest_is_of_the_content_and_not_of_the_bytes(tmp_path, monkeypatch):
    one = write_record(record(), tmp_path / "a.zarr", "key")
    monkeypatch.setattr(store_writer, "SHARD", 10 * 8 * 8 * 4)
    other = write_record(record(RAIN * np.float32(1)), tmp_path / "b.zarr", "another key")
    assert stated_content(one) == stated_content(other) == content_of(one) == digest_store(other)
    changed = RAIN.copy()
    changed[3, 0, 2, 2] += 1
    assert stated_content(write_record(record(changed), tmp_path / "c.zarr", "key")) != stated_content(one)


def test_a_store_that_was_changed_is_named(tmp_path):
    store = write_record(record(), tmp_path / "a.zarr", "key")
    zarr.open_array(store / "precipitation", mode="r+")[1, 1, 1] = 99
    with pytest.raises(RunFailed, match=r"a\.zarr is damaged: its content is not what was prepared"):
        digest_store(store)


def test_other_data_have_no_stated_content(tmp_path):
    record().to_zarr(tmp_path / "a.zarr", zarr_format=3, consolidated=False)
    assert stated_content(tmp_path / "a.zarr") is None
    assert stated_content(tmp_path) is None
