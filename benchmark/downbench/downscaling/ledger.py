"""How far ``bench apply`` has got, saved after every chunk."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from downbench.files import write_json
from downbench.pipeline.contract_check import Rain
from downbench.pipeline.stretches.cutting import Interval, gaps, with_interval
from downbench.pipeline.stretches.notes import Note, Part, not_among


class Work(NamedTuple):
    """Frames of a piece, by its number, of one tile; counted from the first wanted frame of the piece.

    ``group`` are the numbers of the first member and of the one behind the last; None is all members.
    """

    tile: int
    piece: int
    start: int
    stop: int
    group: Interval | None = None

    @property
    def part(self) -> Part:
        """What it is part of, as notes of workers have it."""
        return self.piece, self.tile, *(self.group or (0, 0))

    def values(self, members: int) -> int:
        """Frames over members, of which there are so many in all."""
        first, last = self.group or (0, members)
        return (self.stop - self.start) * (last - first)


@dataclass
class PieceProgress:
    """How far a piece of a tile has got, counted from its first wanted frame.

    Args:
        done: frames that are written.
        restart: where the method begins again behind the last of them: the start of the slice that it yielded
            last. A restart there gives the same batches, and so the same bits, as one that was never
            interrupted.
    """

    done: list[Interval] = field(default_factory=list)
    restart: int = 0

    def restart_for(self, start: int) -> int:
        """Where a method begins to make frames from ``start`` on."""
        return self.restart if self.done and self.done[-1][1] == start else start


@dataclass
class ApplyLedger:
    """What has been made, by piece, tile and group of members.

    Args:
        path: of its file.
        identity: of the request.
        together: members of a group; None is all of them.
        progress: by the names of pieces.
        rain: before it was clipped.
    """

    path: Path
    identity: dict[str, Any]
    together: int | None = None
    progress: dict[str, PieceProgress] = field(default_factory=dict)
    rain: Rain = field(default_factory=Rain)

    @classmethod
    def load(cls, path: Path) -> ApplyLedger | None:
        """Read the ledger of interrupted work; None where there is none that can be read."""
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            progress = {name: _progress(value) for name, value in content["progress"].items()}
            return cls(path, content["identity"], content.get("together"), progress, Rain(**content["rain"]))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def save(self) -> None:
        """Write it atomically."""
        progress = {name: vars(value) for name, value in self.progress.items()}
        content = {"identity": self.identity, "together": self.together, "progress": progress}
        write_json(self.path, content | {"rain": vars(self.rain)})

    def of(self, work: Work) -> PieceProgress:
        """Progress of a piece of a tile, or of a group of its members."""
        group = "" if work.group is None else "/{}-{}".format(*work.group)
        return self.progress.setdefault(f"{work.piece}/{work.tile}{group}", PieceProgress())

    def note(self, work: Work, restart: int, rain: Rain) -> None:
        """Count frames as written, and save."""
        state = self.of(work)
        state.done = with_interval(state.done, (work.start, work.stop))
        if state.done[-1][1] == work.stop:
            state.restart = restart
        self.rain.add(rain)
        self.save()

    def take_notes(self, whole: Work, notes: list[Note]) -> None:
        """Count what workers noted on a piece whose client was gone."""
        for note in not_among(notes, self.of(whole).done):
            self.note(whole._replace(start=note.start, stop=note.stop), note.restart, note.rain)

    def missing(self, whole: Work) -> list[Work]:
        """What is left of a piece of a tile, or of a group of its members."""
        left = gaps(self.of(whole).done, whole.stop)
        return [whole._replace(start=start, stop=stop) for start, stop in left]

    @property
    def is_begun(self) -> bool:
        """Whether something is written."""
        return any(state.done for state in self.progress.values())


def _progress(value: dict[str, Any]) -> PieceProgress:
    return PieceProgress([(int(start), int(stop)) for start, stop in value["done"]], int(value["restart"]))
