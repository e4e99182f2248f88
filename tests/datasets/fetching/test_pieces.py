"""Folders written piece by piece: whole or not there, and gone on with after a kill."""

from __future__ import annotations

import pytest

from downbench import UserError
from downbench_datasets.fetching.pieces import partial_of, pieces_of


def write(target, key, stop=None):
    """Write three pieces; returns which of them were written by this call."""
    written = []
    with pieces_of(target, key) as pieces:
        for number in range(3):
            if number < pieces.done:
                continue
            if number == stop:
                raise KeyboardInterrupt
            (pieces.data / str(number)).write_text("rain")
            pieces.finish(f"note {number}")
            written.append(number)
        assert pieces.notes == ["note 0", "note 1", "note 2"]
    return written


def test_a_kill_leaves_no_target_and_the_next_call_goes_on(tmp_path):
    target = tmp_path / "out.zarr"
    with pytest.raises(KeyboardInterrupt):
        write(target, "a", stop=2)
    assert not target.exists()
    assert write(target, "a") == [2]
    assert sorted(path.name for path in target.iterdir()) == ["0", "1", "2"]
    assert list(tmp_path.iterdir()) == [target], "nothing else is left"


def test_another_key_begins_anew(tmp_path):
    target = tmp_path / "out.zarr"
    with pytest.raises(KeyboardInterrupt):
        write(target, "a", stop=2)
    assert write(target, "b") == [0, 1, 2]


def test_a_damaged_note_of_progress_begins_anew(tmp_path):
    target = tmp_path / "out.zarr"
    with pytest.raises(KeyboardInterrupt):
        write(target, "a", stop=2)
    (partial_of(target) / "progress.json").write_text("{")
    assert write(target, "a") == [0, 1, 2]


def test_what_stands_there_is_not_touched(tmp_path):
    (tmp_path / "out.zarr").mkdir()
    with pytest.raises(UserError, match="exists already"):
        write(tmp_path / "out.zarr", "a")
