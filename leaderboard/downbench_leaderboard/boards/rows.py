"""Rows of a board: the runs of one method in one configuration, which differ in nothing but their seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from downbench import (
    OTHER_SETTINGS,
    QUIET_MARKS,
    REPEATS,
    digest_json,
    method_words,
    row_name,
    seeds_apart,
    shared_marks,
    what_differs,
)
from downbench_leaderboard.records.entry import REFERENCE_MARK, Entry
from downbench_leaderboard.records.schema import Run

_ABOUT = slice(3, 9)  # of a row's words: those that say how its method was run, beside its settings


@dataclass(frozen=True)
class Row:
    """Runs of one method that differ in their seed.

    Args:
        id: what stands for the row in an address; one per board.
        entries: the runs, by seed.
        detail: how the method was run, in a few words.
        apart: the least of it that tells the row from others of its method on the board; often nothing.
        seeds: words on its seeds, where nothing else but its mark tells a reference from it.
    """

    id: str
    entries: list[Entry]
    detail: str
    apart: tuple[str, ...] = ()
    seeds: str = ""

    @property
    def label(self) -> str:
        """The method, with what tells the row from others of it."""
        return row_name(self.name, self.apart) + self.seeds

    @property
    def run(self) -> Run:
        """A run that speaks for all of them in everything but the seed."""
        return self.entries[0].run

    @property
    def name(self) -> str:
        """Of the method."""
        return self.run.method.name

    @property
    def maker(self) -> tuple[str, str]:
        """Distribution and name of the method."""
        return self.entries[0].maker

    @property
    def marks(self) -> tuple[str, ...]:
        """Where the runs come from, see :class:`~downbench_leaderboard.records.entry.Entry`."""
        each = [entry.marks for entry in self.entries]
        return tuple(dict.fromkeys([*shared_marks(each), *(REPEATS for marks in each if REPEATS in marks)]))


def fold_seeds(entries: Iterable[Entry]) -> list[Row]:
    """Put runs that differ in their seed alone into one row each, in the order of their first runs.

    Another version of the code, another configuration, other weights or another origin is another row; so is
    a second run of the same seed, the newest of which stands with the other seeds.
    """
    groups: dict[str, list[Entry]] = {}
    newest_first = sorted(sorted(entries, key=lambda e: e.place), key=lambda e: e.run.created, reverse=True)
    for entry in sorted(newest_first, key=lambda e: (e.run.seed is not None, e.run.seed or 0)):
        identity, turn = _identity(entry), 0
        while any(e.run.seed == entry.run.seed for e in groups.get(f"{identity} {turn}", ())):
            turn += 1
        groups.setdefault(f"{identity} {turn}", []).append(entry)
    names = Counter(
        group[0].run.method.name for group in groups.values() if OTHER_SETTINGS not in group[0].marks
    )
    twins: dict[str, list[Run]] = {}
    for group in groups.values():
        twins.setdefault(group[0].run.method.name, []).append(group[0].run)
    parts = {}
    for key, (entry, *_) in groups.items():
        turn = int(key.rsplit(" ", 1)[1])
        again = f"once more ({turn + 1})" if turn else ""
        parts[key] = (*_parts(entry, twins[entry.run.method.name]), again)
    alike: dict[tuple[str, bool], list[tuple[str, ...]]] = {}
    for key, (entry, *_) in groups.items():
        # what a preset gives now goes by its method's name: others say that they have something else
        for marked in (True, *(() if OTHER_SETTINGS in entry.marks else (False,))):
            alike.setdefault((entry.run.method.name, marked), []).append(parts[key])
    rows = [
        Row(
            _id(group[0], key, names),
            group,
            " · ".join(part for part in (*parts[key][_ABOUT], parts[key][0]) if part),
            what_differs(parts[key], alike[group[0].run.method.name, OTHER_SETTINGS in group[0].marks]),
        )
        for key, group in sorted(groups.items(), key=lambda item: (item[1][0].run.method.name, item[0]))
    ]
    return [replace(row, seeds=words) for row, words in zip(rows, _seeds_apart(rows), strict=True)]


def _seeds_apart(rows: list[Row]) -> list[str]:
    """Words on the seeds of own rows that differ from a reference in nothing else that is said."""
    names = [row_name(row.name, [word for word in row.apart if word != REFERENCE_MARK]) for row in rows]
    seeds = [[entry.run.seed for entry in row.entries if entry.run.seed is not None] for row in rows]
    return seeds_apart(names, seeds, [REFERENCE_MARK not in row.marks for row in rows])


def _identity(entry: Entry) -> str:
    method = entry.run.method
    weights = method.weights.digest if method.weights else ""
    track = entry.run.track
    shift = [track.name, track.training.label] if track else []
    marks = [mark for mark in entry.marks if mark not in QUIET_MARKS]
    own = [method.version, method.preset, method.configuration, method.finishing, weights, shift, marks]
    return digest_json([*entry.maker, *own])


def _id(entry: Entry, key: str, names: Counter[str]) -> str:
    name = entry.run.method.name
    alone = names[name] == 1 and OTHER_SETTINGS not in entry.marks
    return name if alone else f"{name}~{digest_json(key)[:6]}"


def _parts(entry: Entry, twins: list[Run]) -> tuple[str, ...]:
    """Words that may tell rows of one method apart."""
    marks = (
        REFERENCE_MARK if REFERENCE_MARK in entry.marks else "",
        " ".join(mark for mark in entry.marks if mark not in (REFERENCE_MARK, *QUIET_MARKS)),
    )
    return (*method_words(entry.run, twins, *marks), str(entry.run.keys.get("fit") or "")[:8])
