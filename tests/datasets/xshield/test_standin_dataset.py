"""The stand-in as a dataset: splits, labels, fingerprint, laziness, cache."""

from __future__ import annotations

import dask
import numpy as np
import pytest

from downbench import SPLITS, UserError, build_config
from downbench_datasets.standin import blocks
from downbench_datasets.standin.predictors import UNITS
from downbench_datasets.xshield.xshield import XShield


def make(**settings):
    return XShield(build_config("xshield", XShield.Config, {}, None, settings))


@pytest.fixture
def small():
    return make(size=16, days=20)


def test_default_has_two_hundred_test_days():
    dataset = make()
    assert dataset.label == "xshield (stand-in)"
    assert dataset.standin
    assert dataset.predictors == tuple(UNITS)
    assert len(dataset.predictors) == 11
    assert dataset.gap == np.timedelta64(5, "D")
    sequences = {split: dataset.open(split)[0] for split in SPLITS}
    assert [len(sequences[split].times) for split in SPLITS] == [5760, 560, 1600]
    assert [sequences[split].warmup for split in SPLITS] == [0, 16, 16]
    assert sequences["test"].fine.shape == (1600, 6, 64, 64)
    assert tuple(sequences["test"].coarse) == dataset.predictors
    assert all("units" in field.attrs for field in sequences["test"].coarse.values())
    assert set(dataset.regions(sequences["test"].static)) == {
        "tropics", "extratropics", "land", "sea", "mountains",
    }  # fmt: skip


def test_opening_generates_nothing(monkeypatch):
    def refuse(*_):
        raise AssertionError("a block was generated")

    monkeypatch.setattr(blocks, "_generate", refuse)
    blocks.block_of.cache_clear()
    sequence = make(seed=99).open("test")[0]
    assert dask.is_dask_collection(sequence.fine)
    assert all(dask.is_dask_collection(field) for field in sequence.coarse.values())


def test_splits_are_cut_from_one_record(small):
    whole_coarse, whole_fine = blocks.fields(blocks.Parameters(16, 20, 0), 0, 160)
    for split in SPLITS:
        (sequence,) = small.open(split)
        expected = whole_fine.sel(time=sequence.times)
        np.testing.assert_array_equal(sequence.fine, expected)
        coarse_times = sequence.coarse["time"]
        np.testing.assert_array_equal(sequence.coarse["ps"], whole_coarse["ps"].sel(time=coarse_times))
        assert len(coarse_times) == len(sequence.times) + sequence.warmup


def test_days_only_say_where_the_record_ends():
    long, short = (blocks.fields(blocks.Parameters(16, days, 0), 0, 8)[1] for days in (40, 20))
    np.testing.assert_array_equal(long, short)


def test_fingerprint_covers_the_parameters():
    prints = [make(**k).fingerprint() for k in ({}, {"seed": 1}, {"size": 104}, {"days": 1001})]
    assert len(set(prints)) == 4
    assert make().fingerprint() == prints[0]


@pytest.mark.parametrize("wrong", [{"size": 20}, {"size": 8}, {"size": 392}, {"days": 1}, {"sise": 96}])
def test_bad_parameters(wrong):
    with pytest.raises(UserError, match="xshield"):
        make(**wrong)


def test_unknown_split(small):
    with pytest.raises(UserError, match="no split"):
        small.open("testing")


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("DOWNBENCH_CACHE", str(tmp_path / "cache"))
    blocks.block_of.cache_clear()
    yield tmp_path / "cache"
    blocks.block_of.cache_clear()


PARAMETERS = blocks.Parameters(16, 0, 7)


def test_blocks_are_kept_on_disk(cache, monkeypatch):
    fine, coarse = blocks.block_of(PARAMETERS, 0, 0)
    blocks.block_of.cache_clear()
    monkeypatch.setattr(blocks, "_generate", None)  # the second time nothing is generated
    again = blocks.block_of(PARAMETERS, 0, 0)
    np.testing.assert_array_equal(again[0], fine)
    np.testing.assert_array_equal(again[1], coarse)


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 cut off", b"\x93NUMPY"])
def test_damaged_blocks_are_made_again(cache, damage):
    fine, _ = blocks.block_of(PARAMETERS, 0, 0)
    (stored,) = cache.rglob("*.npz")
    stored.write_bytes(damage)
    blocks.block_of.cache_clear()
    np.testing.assert_array_equal(blocks.block_of(PARAMETERS, 0, 0)[0], fine)
    assert stored.stat().st_size > 1000  # and mended


def test_truncated_block_is_made_again(cache):
    fine, _ = blocks.block_of(PARAMETERS, 0, 0)
    (stored,) = cache.rglob("*.npz")
    content = bytearray(stored.read_bytes())
    content[len(content) // 2] ^= 0xFF
    stored.write_bytes(content)
    blocks.block_of.cache_clear()
    np.testing.assert_array_equal(blocks.block_of(PARAMETERS, 0, 0)[0], fine)


def test_works_without_a_cache(cache, monkeypatch):
    cache.write_text("a file where the folder should be")
    fine, _ = blocks.block_of(PARAMETERS, 0, 0)
    assert fine.shape == (40, 16, 16)


def test_a_record_too_short_for_intervals_says_how_long_it_must_be():
    short, long = make(days=499), make(days=500)
    assert any("xshield.days=500" in note for note in short.notes)
    assert not any("intervals" in note for note in long.notes)
    first, last = long._splits.frames("test")
    assert (last - first) * long.step == 20 * long.resampling_block
