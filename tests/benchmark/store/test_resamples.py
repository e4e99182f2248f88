"""Resampled values survive the way to disk and back."""

from __future__ import annotations

import numpy as np
import pytest

from downbench.files import digest_file
from downbench.store.resamples import load_parts, load_resamples, save_parts, save_resamples
from downbench.store.run_directory import PARTS, RESAMPLES

DRAWN = {
    "crps": {"": np.array([1.0, 1.5, np.nan])},
    "quantiles": {"p99 signed": np.array([-2.0, 0.1, 3.0]), "a|b": np.array([0.0, 1e-300, 1e300])},
}


def test_they_come_back_as_they_were(tmp_path):
    save_resamples(tmp_path, DRAWN)
    back = load_resamples(tmp_path, digest_file(tmp_path / RESAMPLES))
    assert {metric: list(own) for metric, own in back.items()} == {
        metric: list(own) for metric, own in DRAWN.items()
    }
    for metric, own in DRAWN.items():
        for component, values in own.items():
            np.testing.assert_array_equal(back[metric][component], values)


def test_without_intervals_there_is_no_file(tmp_path):
    save_resamples(tmp_path, {"crps": {}})
    assert not (tmp_path / RESAMPLES).exists()
    assert load_resamples(tmp_path, None) == {}
    assert load_resamples(tmp_path, "0" * 64) == {}


@pytest.mark.parametrize("content", [b"", b"PAR1 and no more", b"\x00" * 200])
def test_a_damaged_file_counts_as_none(tmp_path, content):
    """They can be worked out again from the statistics."""
    (tmp_path / RESAMPLES).write_bytes(content)
    assert load_resamples(tmp_path, digest_file(tmp_path / RESAMPLES)) == {}


@pytest.mark.parametrize("at", [8, 100, -300])
def test_a_file_that_has_changed_counts_as_none(tmp_path, at):
    """Parquet itself notices few flipped bits: a value would merely be another one."""
    save_resamples(tmp_path, DRAWN)
    digest = digest_file(tmp_path / RESAMPLES)
    whole = bytearray((tmp_path / RESAMPLES).read_bytes())
    whole[at] ^= 4
    (tmp_path / RESAMPLES).write_bytes(bytes(whole))
    assert load_resamples(tmp_path, digest) == {}
    (tmp_path / RESAMPLES).write_bytes(bytes(whole[: len(whole) // 2]))
    assert load_resamples(tmp_path, digest) == {}


def test_regions_and_seasons_come_back_whatever_their_names(tmp_path):
    parts = {
        ("a|b [1]", "all"): {"crps": np.array([0.5, np.nan])},
        ("all", "DJF"): {"x": np.array([2.0, 3.0])},
    }
    save_parts(tmp_path, parts)
    back = load_parts(tmp_path, digest_file(tmp_path / PARTS))
    assert back.keys() == parts.keys()
    for part, own in parts.items():
        for metric, values in own.items():
            np.testing.assert_array_equal(back[part][metric], values)
    (tmp_path / PARTS).write_bytes(b"PAR1")
    assert load_parts(tmp_path, digest_file(tmp_path / PARTS)) == {}
    assert load_parts(tmp_path, "0" * 64) == {}
