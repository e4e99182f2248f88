"""Which runs may stand in one table.

Two runs share a table only if they were scored on the same frames of the same data (label, fingerprint, frame
set, limit, protocol) with equally many members. A deterministic method has one member whatever was asked, so
it stands in every table of its frames.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from downbench import digest_json
from downbench_leaderboard.columns import Column, columns_of, first_column, merit, score_of
from downbench_leaderboard.names import unique_name
from downbench_leaderboard.rows import Entry
from downbench_leaderboard.schema import DatasetCard, Run


@dataclass(frozen=True)
class Table:
    """Runs that may be compared, best first; ``members`` is None where all are deterministic."""

    id: str
    label: str
    dataset: DatasetCard
    entries: list[Entry]
    failed: list[Entry]
    columns: list[Column]
    first: Column | None  # orders the table at first
    members: int | None

    @property
    def run(self) -> Run:
        """A run that speaks for all of them on frames, limit and protocol."""
        return self.entries[0].run

    @property
    def sort_column(self) -> str:
        """Identifier of the column that orders the table at first, "" where none can."""
        return self.first.id if self.first else ""

    @property
    def tags(self) -> list[str]:
        """Tags of all metrics shown, in order of appearance."""
        return list(dict.fromkeys(tag for column in self.columns for tag in column.card.tags))

    def choices(self, field: str) -> list[str]:
        """Regions or seasons that any score has, ``all`` first."""
        found = {getattr(score, field) for entry in self.entries for score in entry.run.scores}
        return ["all", *sorted(found - {"all"})]


def _frames(run: Run) -> tuple[Any, ...]:
    return (run.dataset.shown, run.dataset.fingerprint, run.frames.key, run.limit, run.protocol)


def build_tables(entries: Iterable[Entry]) -> list[Table]:
    """Group runs into tables: whole ones before limited ones, larger ensembles first."""
    entries = list(entries)
    finished = [entry for entry in entries if entry.finished]
    tables = []
    for identity in sorted({_frames(entry.run) for entry in finished}, key=_order):
        here = [entry for entry in finished if _frames(entry.run) == identity]
        sizes = {entry.run.members for entry in here if entry.run.method.probabilistic}
        for members in sorted(sizes, key=lambda m: -(m or 0)) or [None]:
            failed = [e for e in entries if not e.finished and _would_belong(e.run, identity, members)]
            tables.append(_table(identity, members, here, failed))
    return tables


def _order(identity: tuple[Any, ...]) -> tuple[Any, ...]:
    label, fingerprint, key, limit, protocol = identity
    return (label, limit is not None, -(limit or 0), -(protocol or 0), fingerprint, key)


def _table(identity: tuple[Any, ...], members: int | None, here: list[Entry], failed: list[Entry]) -> Table:
    ensembles = [e for e in here if e.run.method.probabilistic and e.run.members == members]
    rows = ensembles + _one_of_each([e for e in here if not e.run.method.probabilistic], members)
    columns = columns_of(entry.run for entry in rows)
    first = first_column(columns, [entry.run for entry in rows])
    return Table(
        id=unique_name(identity[0], identity=[*identity, members]),
        label=identity[0],
        dataset=rows[0].run.dataset,
        entries=sorted(rows, key=lambda entry: _rank(entry.run, first)),
        failed=failed,
        columns=columns,
        first=first,
        members=members,
    )


def _one_of_each(deterministic: list[Entry], members: int | None) -> list[Entry]:
    """Of runs that differ only in the members asked for, keep the one nearest to this table."""
    kept: dict[str, Entry] = {}
    for entry in sorted(deterministic, key=lambda e: (e.run.members == members, e.run.created)):
        fit = entry.run.keys.get("fit") or entry.run.method.configuration
        kept[digest_json([*entry.maker, fit, entry.run.seed])] = entry
    return list(kept.values())


def _would_belong(run: Run, identity: tuple[Any, ...], members: int | None) -> bool:
    """Whether a failed run was meant for this table; it may have failed before its frames were known."""
    own, key = _frames(run), 2
    same = own[:key] + own[key + 1 :] == identity[:key] + identity[key + 1 :] and own[key] in (
        "",
        identity[key],
    )
    return same and (not run.method.probabilistic or members is None or run.members in (members, None))


def _rank(run: Run, column: Column | None) -> tuple[bool, float, str]:
    score = score_of(run, column) if column else None
    if column is None or score is None or score.value is None:
        return (True, math.inf, run.method.name)
    return (False, merit(score.value, column.direction), run.method.name)
