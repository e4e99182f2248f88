"""Notes of workers on what they have written into a store."""

from pathlib import Path

from downbench.pipeline.contract_check import Rain
from downbench.pipeline.stretches.notes import (
    Note,
    forget_notes,
    from_the_start,
    not_among,
    notes_on,
    write_note,
)

PART, OTHER = (0, 1, 0, 4), (0, 11, 0, 4)


def note(start: int, stop: int, cells: int = 3) -> Note:
    return Note(start, stop, Rain(cells=cells), restart=stop)


def told(notes: list[Note]) -> list[tuple[int, int, int, int]]:
    return [(one.start, one.stop, one.rain.cells, one.restart) for one in notes]


def test_notes_come_back_in_the_order_of_frames(tmp_path: Path) -> None:
    for part, one in (
        (PART, note(8, 16)),
        (PART, note(100, 104, 5)),
        (PART, note(0, 8)),
        (OTHER, note(0, 2)),
    ):
        write_note(tmp_path, part, one)
    assert told(notes_on(tmp_path, PART)) == [(0, 8, 3, 8), (8, 16, 3, 16), (100, 104, 5, 104)]
    assert told(notes_on(tmp_path, OTHER)) == [(0, 2, 3, 2)]
    forget_notes(tmp_path)
    assert notes_on(tmp_path, PART) == []
    assert list(tmp_path.iterdir()) == []


def test_a_note_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    write_note(tmp_path, PART, note(0, 8))
    write_note(tmp_path, PART, note(8, 16))
    [first, second] = sorted((tmp_path / "notes").iterdir())
    first.write_text("{")
    second.write_text('{"rain": {"unheard": 1}, "restart": 0}')
    assert notes_on(tmp_path, PART) == []


def test_what_follows_a_gap_or_reaches_too_far_is_not_from_the_start() -> None:
    notes = [note(0, 8), note(8, 16), note(20, 24)]
    assert [one.stop for one in from_the_start(notes, 0, 24)] == [8, 16]
    assert [one.stop for one in from_the_start(notes, 0, 12)] == [8]
    assert list(from_the_start(notes, 4, 24)) == []


def test_notes_on_frames_that_are_known_to_be_done_are_left_out() -> None:
    notes = [note(0, 8), note(8, 16), note(16, 24)]
    assert [one.start for one in not_among(notes, [(0, 12), (16, 24)])] == [8]
