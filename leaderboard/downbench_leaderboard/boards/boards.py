"""Which runs may stand on one board.

Two runs share a board only if they were scored on the same frames of the same data (fingerprint, times,
limit, protocol) with equally many members; what a file is called does not count. A deterministic method has
one member whatever was asked, so it stands on every board of its frames. A reference that a newer one
replaces is on none.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from downbench import ABLATION, OLDER_VERSION, OTHER_SETTINGS, QUIET_MARKS, REPLACED, digest_json
from downbench_leaderboard.boards.columns import Column, columns_of, merit
from downbench_leaderboard.boards.rows import Row, fold_seeds
from downbench_leaderboard.boards.values import WHOLE, Grid, Values, collect, value_of
from downbench_leaderboard.records.cards import DatasetCard
from downbench_leaderboard.records.entry import REFERENCE_MARK, Entry
from downbench_leaderboard.records.names import unique_name
from downbench_leaderboard.records.schema import Run
from downbench_leaderboard.records.titles import file_title

MOST_APART = 30  # letters that a label grows by
FORMER = frozenset({OLDER_VERSION, OTHER_SETTINGS})  # marks of what a method was once
_Data = tuple[str, bool]
_Frames = tuple[Any, ...]


@dataclass(frozen=True)
class Board:
    """Rows that may be compared, best first; ``members`` is None where all are deterministic.

    ``apart`` is the end of ``label``: what tells its data from others that are called the same.
    """

    id: str
    label: str
    dataset: DatasetCard
    rows: list[Row]
    failed: list[Entry]
    columns: list[Column]
    values: Values
    first: Column | None  # orders the board at first
    members: int | None
    apart: str = ""

    @property
    def page(self) -> str:
        """Address of its page."""
        return f"{self.id}.html"

    @property
    def run(self) -> Run:
        """A run that speaks for all of them on frames, limit and protocol."""
        return self.rows[0].run

    @cached_property
    def whole(self) -> Grid:
        """Values over the whole domain and time."""
        return self.values.grids.get(WHOLE, Grid(np.full((len(self.rows), len(self.columns)), np.nan)))

    @cached_property
    def entries(self) -> list[Entry]:
        """All runs of all rows."""
        return [entry for row in self.rows for entry in row.entries]

    @cached_property
    def by_maker(self) -> dict[tuple[str, str], list[int]]:
        """Indices of the rows of each method, by its distribution and name."""
        rows: dict[tuple[str, str], list[int]] = {}
        for number, row in enumerate(self.rows):
            rows.setdefault(row.maker, []).append(number)
        return rows

    @cached_property
    def former(self) -> frozenset[int]:
        """Indices of rows of what a method was once, beside which a row of what it is today stands.

        They are shown, marked, but no answer names them, so that nobody takes one for a method of today.
        """
        today = {row.maker for row in self.rows if not FORMER.intersection(row.marks)}
        return frozenset(
            i for i, row in enumerate(self.rows) if FORMER.intersection(row.marks) and row.maker in today
        )

    @cached_property
    def ablations(self) -> frozenset[int]:
        """Indices of rows of ablations, beside which a row of the method stands that they are ablations of.

        They are shown as all are, but no answer to which method is best: whoever asks wants one to use.
        """
        return frozenset(
            i
            for i, row in enumerate(self.rows)
            if ABLATION in row.run.method.tags and self.family_of(row.maker) != row.maker
        )

    @cached_property
    def aside(self) -> frozenset[int]:
        """Indices of rows that no answer is sought among."""
        return self.former | self.ablations

    @cached_property
    def controls(self) -> list[int]:
        """Indices of the rows of controls."""
        return [i for i, row in enumerate(self.rows) if row.run.role == "control"]

    @cached_property
    def families(self) -> dict[tuple[str, str], list[int]]:
        """Rows of methods whose names go on from another's, in the order of the board, by the first of them.

        A method whose name goes on from no other's is a family of its own.
        """
        rows: dict[tuple[str, str], list[int]] = {}
        for number, row in enumerate(self.rows):
            rows.setdefault(self.family_of(row.maker), []).append(number)
        return rows

    def family_of(self, maker: tuple[str, str]) -> tuple[str, str]:
        """The method of the shortest name from which that of another goes on, or that method itself."""
        distribution, name = maker
        parts = name.split("-")
        bases = ((distribution, "-".join(parts[:length])) for length in range(1, len(parts)))
        return next((base for base in bases if base in self.by_maker), maker)

    @cached_property
    def names(self) -> list[str]:
        """What rows are called."""
        return [row.label for row in self.rows]

    @property
    def title(self) -> str:
        """Its dataset as a sentence names it: a file goes by its own name alone, in words."""
        return file_title(self._file) + self.apart if self._file else self.label

    @property
    def is_file(self) -> bool:
        """Whether its data are files that go by their own name."""
        return bool(self._file)

    @property
    def _file(self) -> str:
        label = self.label.removesuffix(self.apart)
        own = label.removeprefix(f"{self.dataset.name} (").removesuffix(")")
        is_file = label == f"{self.dataset.name} ({own})" and "_" in own and not self.dataset.standin
        return own if is_file else ""

    @property
    def about(self) -> str:
        """What tells it from other boards of its dataset."""
        frames, members = self.run.frames, self.members or 1
        limit = "" if self.run.limit is None else f", limited to {self.run.limit}"
        return f"{members} member{'s' * (members != 1)}, {frames.n or 0:,} frames{limit}"

    @property
    def updated(self) -> str:
        """When its newest run was made."""
        return max((entry.run.created for entry in self.entries), default="")

    def choices(self, part: int) -> list[str]:
        """Regions (0) or seasons (1) that any score has, ``all`` first."""
        return ["all", *sorted({key[part] for key in self.values.grids} - {"all"})]


def _frames(run: Run, label: str) -> _Frames:
    return (label, run.dataset.fingerprint, run.same_frames, run.limit, run.protocol)


def _labels(entries: Iterable[Entry]) -> dict[_Data, str]:
    """What each dataset is called: as the first run on it calls it, and so one's own before references."""
    labels: dict[_Data, str] = {}
    for entry in entries:
        labels.setdefault(_data(entry.run), entry.run.dataset.shown)
    return labels


def _apart(entries: Iterable[Entry], labels: Mapping[_Data, str]) -> dict[_Data, str]:
    """What tells data of one label from each other: parameters where these do, else their fingerprints."""
    parameters: dict[_Data, dict[str, Any]] = {}
    for entry in entries:
        parameters.setdefault(_data(entry.run), entry.run.dataset.configuration)
    alike: dict[str, list[_Data]] = {}
    for data, label in labels.items():
        alike.setdefault(label, []).append(data)
    apart = dict.fromkeys(labels, "")
    for several in (group for group in alike.values() if len(group) > 1):
        own = [parameters[data] for data in several]
        keys = [key for key in own[0] if any(other.get(key) != own[0][key] for other in own)]
        words = [", ".join(f"{key}={one.get(key)}" for key in keys) for one in own]
        short = len(set(words)) == len(words) and max(map(len, words)) <= MOST_APART
        apart |= {
            data: f", {text}" if short else f" #{data[0][:6]}"
            for data, text in zip(several, words, strict=True)
        }
    return apart


def _data(run: Run) -> _Data:
    """The same for the same data, whatever they are called."""
    return (run.dataset.fingerprint or run.dataset.shown, run.dataset.standin)


def build_boards(entries: Iterable[Entry]) -> list[Board]:
    """Group runs into boards: by dataset, whole ones before limited ones, larger ensembles first."""
    shown = [entry for entry in entries if REPLACED not in entry.marks]
    names = _labels(shown)
    apart = _apart(shown, names)
    labels = {data: name + apart[data] for data, name in names.items()}
    ends = {labels[data]: end for data, end in apart.items()}
    groups: dict[_Frames, list[Entry]] = {}
    failed: list[tuple[Entry, _Frames]] = []
    for entry in shown:
        identity = _frames(entry.run, labels[_data(entry.run)])
        if entry.finished:
            groups.setdefault(identity, []).append(entry)
        else:
            failed.append((entry, identity))
    boards = []
    for identity in sorted(groups, key=_order):
        here = groups[identity]
        sizes = {entry.run.members for entry in here if entry.run.method.probabilistic}
        for members in sorted(sizes, key=lambda m: -(m or 0)) or [None]:
            meant = [entry for entry, own in failed if _would_belong(entry.run, own, identity, members)]
            boards.append(_board(identity, members, here, meant, ends[identity[0]]))
    return _by_dataset(boards)


def _by_dataset(boards: list[Board]) -> list[Board]:
    """Boards by dataset: those with runs of one's own first, then real data, then longer records."""
    longest: dict[str, tuple[bool, bool, int]] = {}
    for board in boards:
        foreign = all(REFERENCE_MARK in row.marks for row in board.rows)
        rank = (foreign, board.dataset.standin, -(board.run.frames.n or 0))
        longest[board.label] = min(rank, longest.get(board.label, rank))
    return sorted(boards, key=lambda board: (longest[board.label], board.label))


def _order(identity: _Frames) -> tuple[Any, ...]:
    label, fingerprint, key, limit, protocol = identity
    return (label, limit is not None, -(limit or 0), -(protocol or 0), fingerprint, key)


def _board(
    identity: _Frames, members: int | None, here: list[Entry], failed: list[Entry], apart: str
) -> Board:
    ensembles = [e for e in here if e.run.method.probabilistic and e.run.members == members]
    rows = fold_seeds(ensembles + _one_of_each([e for e in here if not e.run.method.probabilistic], members))
    columns = columns_of(entry.run for row in rows for entry in row.entries)
    first = next((c for c in columns if c.headline and c.direction != "none" and _orders(c, rows)), None)
    rows = sorted(rows, key=lambda row: _rank(row, first))
    return Board(
        id=unique_name(identity[0], identity=[*identity, members]),
        label=identity[0],
        dataset=rows[0].run.dataset,
        rows=rows,
        failed=failed,
        columns=columns,
        values=collect(rows, columns),
        first=first,
        members=members,
        apart=apart,
    )


def _one_of_each(deterministic: list[Entry], members: int | None) -> list[Entry]:
    """Of runs that differ only in the members asked for, keep the one nearest to this board."""
    kept: dict[str, Entry] = {}
    for entry in sorted(deterministic, key=lambda e: (e.run.members == members, e.run.created)):
        fit = entry.run.keys.get("fit") or entry.run.method.configuration
        marks = [mark for mark in entry.marks if mark not in QUIET_MARKS]
        kept[digest_json([*entry.maker, fit, entry.run.seed, marks])] = entry
    return list(kept.values())


def _would_belong(run: Run, own: _Frames, identity: _Frames, members: int | None) -> bool:
    """Whether a failed run was meant for this board; it may have failed before its frames were known."""
    key = 2
    same = own[:key] + own[key + 1 :] == identity[:key] + identity[key + 1 :]
    meant = same and own[key] in ("", identity[key])
    return meant and (not run.method.probabilistic or members is None or run.members in (members, None))


def _orders(column: Column, rows: list[Row]) -> bool:
    """Whether a column can put rows in an order: at least one has a value over the whole domain and time."""
    return any(not math.isnan(value_of(row, column)) for row in rows)


def _rank(row: Row, first: Column | None) -> tuple[bool, float, str]:
    value = math.nan if first is None else value_of(row, first)
    if first is None or math.isnan(value):
        return (True, math.inf, row.name)
    return (False, merit(value, first.direction), row.name)
