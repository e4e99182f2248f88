"""A folder that is written piece by piece, survives a kill, and has its name only when it is whole."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from downbench import UserError, atomic_file, locked_by

PROGRESS = "progress.json"
Tell = Callable[[str], None]


def silent(text: str) -> None:
    """Tell nobody."""


@dataclass
class Pieces:
    """A folder in the making.

    Args:
        folder: where it is written, beside its later name.
        key: of what it is made of, and how.
        notes: what each finished piece left, in order.
    """

    folder: Path
    key: str
    notes: list[str] = field(default_factory=list)

    @property
    def data(self) -> Path:
        """The folder that becomes the target."""
        return self.folder / "data"

    @property
    def done(self) -> int:
        """Number of finished pieces."""
        return len(self.notes)

    def finish(self, note: str = "") -> None:
        """Note that the next piece is written."""
        self.notes.append(note)
        self._save()

    def _save(self) -> None:
        with atomic_file(self.folder / PROGRESS) as temporary:
            temporary.write_text(json.dumps({"key": self.key, "notes": self.notes}), encoding="utf-8")

    def begin(self) -> None:
        """Take up what an interrupted call left of the same, else begin with an empty folder."""
        try:
            stored = json.loads((self.folder / PROGRESS).read_text(encoding="utf-8"))
            if stored["key"] == self.key:
                self.notes = [str(note) for note in stored["notes"]]
                return
        except (OSError, ValueError, KeyError, TypeError):
            pass
        shutil.rmtree(self.folder, ignore_errors=True)
        self.data.mkdir(parents=True)
        self._save()


def partial_of(target: Path) -> Path:
    """Name of an unfinished folder."""
    return target.with_name(f".{target.name}.partial")


@contextmanager
def pieces_of(target: Path, key: str) -> Iterator[Pieces]:
    """Write the folder ``target``; it gets its name when the block ends well.

    An exception or a kill leaves what is finished under another name, where a later call with the same key
    goes on. One process at a time writes a target.

    Raises:
        UserError: something else stands at ``target``.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        raise UserError(f"{target} exists already", "name another one with --out, or delete it")
    lock = target.with_name(f".{target.name}.lock")
    with locked_by(lock, str(target), keep=False):
        pieces = Pieces(partial_of(target), key)
        pieces.begin()
        yield pieces
        pieces.data.rename(target)
        shutil.rmtree(pieces.folder, ignore_errors=True)
