"""Notes of workers on what they have written into a store, chunk by chunk.

A task is long where records are, and only its end is told to the client. A worker that dies in the middle of
one, or a client that is gone by then, loses no more than a chunk: whoever goes on reads the notes.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from downbench.files import read_json, write_json
from downbench.pipeline.contract_check import Rain
from downbench.temporaries import delete

_NOTES = "notes"  # a folder in the store; gone when all is written


Part = tuple[int, int, int, int]  # sequence or piece, tile, first member and the one behind the last, or 0


class Note(NamedTuple):
    """Frames that are written, their rain before it was clipped, and where a method goes on behind them."""

    start: int
    stop: int
    rain: Rain
    restart: int = 0


def write_note(store: Path, part: Part, note: Note) -> None:
    """Write a note, atomically.

    Args:
        store: that the frames stand in.
        part: of it that has frames of its own.
        note: what is written of it.
    """
    folder = store / _NOTES
    folder.mkdir(exist_ok=True)
    name = "-".join(map(str, (*part, note.start, note.stop)))
    write_json(folder / f"{name}.json", {"rain": vars(note.rain), "restart": note.restart})


def notes_on(store: Path, part: Part) -> list[Note]:
    """All notes on a part, in the order of their frames; one that cannot be read is none."""
    found = []
    for path in (store / _NOTES).glob("-".join(map(str, part)) + "-*-*.json"):
        start, stop = map(int, path.stem.split("-")[-2:])
        try:
            content: dict[str, Any] = read_json(path)
            found.append(Note(start, stop, Rain(**content["rain"]), int(content["restart"])))
        except (ValueError, KeyError, TypeError):
            continue
    return sorted(found, key=lambda note: note[:2])


def from_the_start(notes: list[Note], start: int, stop: int) -> Iterator[Note]:
    """Those of some notes that follow each other from ``start`` on, to ``stop`` at most."""
    for note in notes:
        if note.start == start and note.stop <= stop:
            yield note
            start = note.stop


def forget_notes(store: Path) -> None:
    """Delete all notes on a store, when all of it is written."""
    delete(store / _NOTES)


def not_among(notes: list[Note], done: list[tuple[int, int]]) -> list[Note]:
    """Notes on frames that are not among those which are known to be done."""
    return [note for note in notes if not any(a <= note.start and note.stop <= b for a, b in done)]
