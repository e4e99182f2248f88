"""The frames that are worked out twice are the wettest, and fit into memory."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from sequences import make_sequence

from downbench.verification import selection
from downbench.verification.selection import scene, sequence


def frames(*fields, warmup=0):
    made = tuple(make_sequence(fine, name=f"s{i}", warmup=warmup) for i, fine in enumerate(fields))
    return SimpleNamespace(sequences=made, dataset=SimpleNamespace(factor=8))


def dry(count, size=(16, 24), tiles=1):
    return np.full((count, tiles, *size), 0.01, np.float32)


@pytest.mark.parametrize("warmup", [0, 2])
def test_a_scene_is_the_wettest_run_of_frames(warmup):
    one, two = dry(9), dry(12)
    one[3], two[5:8] = 5, 3  # the wettest frame is in the first, the wettest three in the second
    assert scene(frames(one, two, warmup=warmup), 4, 3)[:3] == (1, 5, 8)
    assert scene(frames(one, two, warmup=warmup), 4, 1)[:3] == (0, 3, 4)


def test_a_scene_holds_whole_tiles_and_no_more_frames_than_there_are():
    cut = scene(frames(dry(2, tiles=3)), 4, 10)
    assert (cut.start, cut.stop, cut.tiles) == (0, 2, (0, 1, 2))
    assert (cut.rows, cut.columns) == (slice(0, 16), slice(0, 24))


def test_memory_bounds_the_number_of_frames(monkeypatch):
    """Six copies in float64 of truth and four members of 384 cells: 92,160 bytes a frame."""
    monkeypatch.setattr(selection, "MOST_BYTES", 3 * 92_160)
    cut = scene(frames(dry(9)), 4, 8)
    assert cut.stop - cut.start == 3
    monkeypatch.setattr(selection, "MOST_BYTES", 1)  # one frame at least
    cut = scene(frames(dry(9)), 4, 8)
    assert cut.stop - cut.start == 1


def test_a_sequence_lies_around_the_coarse_cell_with_most_rain_and_on_the_coarse_grid():
    fine = dry(50, size=(160, 200), tiles=2)
    fine[20:30, 1, 80:88, 120:128] = 30
    cut = sequence(frames(fine), 2)
    assert cut.tiles == (1,)
    assert cut.stop - cut.start == selection.SEQUENCE
    assert cut.start <= 20 < 30 <= cut.stop
    assert (cut.rows, cut.columns) == (slice(32, 128), slice(72, 168))


def test_a_part_at_the_edge_keeps_its_size():
    fine = dry(5, size=(160, 200))
    fine[:, 0, :8, 192:] = 30
    cut = sequence(frames(fine), 2)
    assert (cut.rows, cut.columns) == (slice(0, 96), slice(104, 200))


def test_missing_rain_counts_as_dry():
    fine = dry(6)
    fine[:3] = np.nan
    assert scene(frames(fine), 1, 2)[:3] == (0, 3, 5)
