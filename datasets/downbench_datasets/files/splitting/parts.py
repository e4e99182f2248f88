"""The parts that a record is cut into: frames, tiles, rows and columns, none of them in two splits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import combinations

from downbench import SPLITS, UserError

VERSION = 1  # of how records are cut, in fingerprints
Run = tuple[int, int]  # [first, stop)


@dataclass(frozen=True)
class Part:
    """What of a record belongs to one split, in coarse frames and coarse cells.

    Args:
        frames: stretches [first, stop), rising and apart.
        tiles: indices.
        rows: [first, stop).
        columns: [first, stop).
    """

    frames: tuple[Run, ...]
    tiles: tuple[int, ...]
    rows: Run
    columns: Run

    def shares_place(self, other: Part) -> bool:
        """Whether some cell of some tile is in both."""
        return (
            bool(set(self.tiles) & set(other.tiles))
            and _meet(self.rows, other.rows)
            and _meet(self.columns, other.columns)
        )

    def shares_frames(self, other: Part) -> bool:
        """Whether some frame is in both."""
        return any(_meet(a, b) for a in self.frames for b in other.frames)

    def away_from(self, other: Part, gap: int) -> Part:
        """Without frames that have fewer than ``gap`` frames between them and frames of the other part."""
        frames = list(self.frames)
        for first, stop in other.frames:
            frames = [piece for run in frames for piece in _outside(run, first - gap, stop + gap)]
        return replace(self, frames=tuple(frames))


def _meet(one: Run, other: Run) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _outside(run: Run, first: int, stop: int) -> list[Run]:
    """What of a run lies before or after [first, stop)."""
    pieces = [(run[0], min(run[1], first)), (max(run[0], stop), run[1])]
    return [piece for piece in pieces if piece[0] < piece[1]]


def set_apart(parts: Mapping[str, Part], gap: int, where: str) -> dict[str, Part]:
    """Keep a gap in time between splits that share a place.

    Test stays whole; of validation, what is nearer to test than the gap is left out, and of train what is
    nearer to either.

    Args:
        parts: by split; those that are empty are left out.
        gap: in coarse frames.
        where: the record stands, for messages.

    Raises:
        UserError: two splits share a frame of a cell, or nothing is left of one.
    """
    for one, other in combinations(parts, 2):
        if parts[one].shares_place(parts[other]) and parts[one].shares_frames(parts[other]):
            raise UserError(
                f"{where}: {one} and {other} share cells at the same times",
                "give them other periods, boxes or tiles",
            )
    apart: dict[str, Part] = {}
    for split in reversed(SPLITS):
        if split not in parts:
            continue
        part = parts[split]
        for done in apart.values():
            if part.shares_place(done):
                part = part.away_from(done, gap)
        if not part.frames:
            raise UserError(
                f"{where}: no frame of {split} is {gap} frames away from the other splits",
                "leave more time between the splits, or set a shorter gap: --set files.gap=HOURS",
            )
        apart[split] = part
    return {split: apart[split] for split in SPLITS if split in apart}
