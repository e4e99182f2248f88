"""A stage counts when its record is whole and nothing that belongs to it is missing; nothing is deleted."""

from __future__ import annotations

import pytest

from downbench import DownbenchWarning
from downbench.store.record import Record, write_record
from downbench.store.stages import read_stage, set_aside


class Small(Record):
    """A record."""

    number: int


def test_a_whole_stage_is_read(tmp_path):
    write_record(tmp_path / "small.json", Small(number=3))
    (tmp_path / "part").touch()
    found = read_stage(tmp_path / "small.json", Small, tmp_path / "part")
    assert found == Small(number=3)


def test_a_stage_that_never_finished_is_nothing_to_talk_about(tmp_path):
    assert read_stage(tmp_path / "small.json", Small) is None  # and no warning


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"number": "many"}'])
def test_a_damaged_record_is_set_aside_with_a_warning(tmp_path, text):
    path = tmp_path / "small.json"
    path.write_text(text)
    with pytest.warns(DownbenchWarning, match=r"set aside as small.json.damaged-1 and redone"):
        assert read_stage(path, Small) is None
    assert not path.exists()
    assert (tmp_path / "small.json.damaged-1").read_text() == text


def test_a_missing_part_sets_the_whole_folder_aside(tmp_path):
    folder = tmp_path / "scores"
    folder.mkdir()
    write_record(folder / "small.json", Small(number=3))
    with pytest.warns(DownbenchWarning, match="gone.zarr is missing"):
        assert read_stage(folder / "small.json", Small, folder / "gone.zarr", aside=folder) is None
    assert (tmp_path / "scores.damaged-1" / "small.json").is_file()
    assert not folder.exists()


def test_what_was_set_aside_before_stays(tmp_path):
    for content in "abc":
        (tmp_path / "x").write_text(content)
        with pytest.warns(DownbenchWarning):
            set_aside(tmp_path / "x", "why not")
    assert [(tmp_path / f"x.damaged-{n}").read_text() for n in (1, 2, 3)] == ["a", "b", "c"]
