"""A stored ensemble is what was written, or its damage is named."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
import zarr

from downbench import RunFailed
from downbench.errors import DamagedData
from downbench.scoring.ensemble import (
    check_whole,
    create_ensemble,
    ensemble_damage,
    open_ensemble,
    read_members,
)

VALUES = np.random.default_rng(0).gamma(0.5, 2, (3, 5, 2, 16, 24)).astype(np.float32)
VALUES[:, 4] = np.nan  # a chunk of nothing is written too


@pytest.fixture
def store(tmp_path):
    """Predictions of one sequence in chunks of two frames and one tile."""
    group = zarr.open_group(tmp_path / "p.zarr", mode="w")
    create_ensemble(group, "s", VALUES.shape, 2)[:] = VALUES
    return tmp_path / "p.zarr"


def chunks(store):
    return sorted(path for path in (store / "s").rglob("*") if path.is_file() and path.name != "zarr.json")


def test_it_comes_back_bit_by_bit(store):
    array = open_ensemble(store, "s")
    for tile in range(2):
        np.testing.assert_array_equal(read_members(store, array, slice(1, 4), tile), VALUES[:, 1:4, tile])
    check_whole(store, ["s"])
    assert ensemble_damage(store) == ""
    assert len(chunks(store)) == 3 * 2


def read_all(store):
    array = open_ensemble(store, "s")
    return [read_members(store, array, slice(t, t + 2), tile) for t in range(0, 5, 2) for tile in range(2)]


@pytest.mark.parametrize("place", [0, 0.5, 1])
def test_a_flipped_bit_is_named_and_not_read(store, place):
    chunk = chunks(store)[2]
    content = bytearray(chunk.read_bytes())
    content[int(place * (len(content) - 1))] ^= 1
    chunk.write_bytes(bytes(content))
    assert ensemble_damage(store)
    with pytest.raises(DamagedData, match="frames"):
        read_all(store)


def test_a_chunk_that_is_gone_is_no_field_of_missing_values(store):
    chunks(store)[1].unlink()
    with pytest.raises(DamagedData, match="1 chunks of 's' are missing"):
        check_whole(store, ["s"])
    assert "missing" in ensemble_damage(store)


@pytest.mark.parametrize("text", ["", "{", "{}"])
def test_damaged_metadata_are_named(store, text):
    (store / "s" / "zarr.json").write_text(text)
    with pytest.raises(DamagedData, match="'s'"):
        open_ensemble(store, "s")


def test_predictions_that_are_not_there_are_another_matter(store):
    shutil.rmtree(store)
    with pytest.raises(RunFailed, match="there are no predictions"):
        open_ensemble(store, "s")
