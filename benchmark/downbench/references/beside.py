"""Runs that were just made, beside the references of the same frames: one table for each set of frames."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from downbench.contracts.metric import Metric
from downbench.errors import UserError
from downbench.findings.breakdown import hour_differences
from downbench.findings.one_against_many import Against, against, ordered, value_of
from downbench.findings.standings import score_rows
from downbench.findings.stored_run import StoredRun
from downbench.plugins.descriptions import ABLATION
from downbench.references.finding import beside, rows_of
from downbench.references.index import REFERENCE, configuration_of, scored_frames, shared_marks
from downbench.references.made import QUIET_MARKS, REPEATS, made_of, repeats_any
from downbench.references.shipped import Shipped, unpacked
from downbench.scoring.inference.classes import find_classes
from downbench.scoring.inference.paired import Scored
from downbench.store.row_names import row_names, seeds_apart


@dataclass(frozen=True)
class Row:
    """A row of the table: runs that differ in nothing but their seed.

    Args:
        runs: by seed.
        name: what stands in the table, see :mod:`downbench.store.row_names`.
        role: method or control.
        marks: where it comes from; of one's own run only that it repeats a reference.
        says_seeds: whether its name does, since another row goes by it otherwise.
    """

    runs: Sequence[StoredRun]
    name: str
    role: str
    marks: tuple[str, ...]
    says_seeds: bool = False

    @property
    def own(self) -> bool:
        """Whether it is no reference."""
        return REFERENCE not in self.marks

    @property
    def ablation(self) -> bool:
        """Whether its method is another one without a part of it, which nobody uses."""
        return ABLATION in self.runs[0].record.method.tags

    @property
    def seeds(self) -> list[int]:
        """Of its runs."""
        return [run.record.seed for run in self.runs]


@dataclass(frozen=True)
class Table:
    """Own runs and references of the same frames.

    Args:
        frames: what was scored, for people.
        rows: own ones first.
        scored: scores by number of the row, of those that can be read.
        metrics: that have a direction, by name; the one that orders the table first.
    """

    frames: str
    rows: Sequence[Row]
    scored: Mapping[int, Scored]
    metrics: Mapping[str, Metric]

    @property
    def references(self) -> list[int]:
        """Numbers of the rows that are references."""
        return [i for i, row in enumerate(self.rows) if not row.own and i in self.scored]

    @property
    def subjects(self) -> list[int]:
        """Numbers of the own rows that are to be compared: methods, or controls if there is nothing else."""
        own = [i for i, row in enumerate(self.rows) if row.own and i in self.scored]
        return [i for i in own if self.rows[i].role == "method"] or own

    @property
    def no_interval(self) -> str:
        """Why nothing can be said beyond the values; empty where there are intervals."""
        return next((one.no_interval for one in self.scored.values() if one.no_interval), "")

    def against(self, row: int, metric: Metric) -> Against | None:
        """A row against all references, by a metric's headline."""
        return against(row, [i for i in self.references if i != row], self.scored, metric)

    def ordered(self, metric: Metric) -> list[int]:
        """All rows that can be read, the best first."""
        return ordered(self.scored, metric)

    def value(self, row: int, metric: Metric) -> float | None:
        """Value of a metric's headline."""
        return value_of(self.scored.get(row), metric)

    def classes(self, metric: Metric) -> dict[int, int]:
        """Row to rank of its class, 0 is the best; empty where there are no intervals."""
        numbers = list(self.scored)
        places = find_classes(list(self.scored.values()), metric, metric.headline)
        return {numbers[i]: place.rank for i, place in places.items()}

    def hours(self, row: int, other: int, metric: Metric) -> tuple[int, int] | None:
        """In how many hours (or time bins) a row is better than another, and of how many."""
        pair = [self.rows[row].runs[0], self.rows[other].runs[0]]
        if not all(run.has_statistics for run in pair):
            return None
        try:
            counts = hour_differences(pair, (0, 1), metric)
        except UserError:
            return None
        return next(((c["a_better"], c["times"]) for c in counts if c["component"] == metric.headline), None)


def tables_of(runs: Sequence[StoredRun], shipped: Sequence[Shipped]) -> list[Table]:
    """A table for each set of frames that some runs were scored on and that there are references of.

    Args:
        runs: scored.
        shipped: all references.

    Raises:
        UserError: runs of equal frames whose time bins differ.
    """
    groups: dict[Any, list[StoredRun]] = {}
    every = [one.reference for one in shipped]
    for run in runs:
        mark = (REPEATS,) if repeats_any(made_of(run.record), every) else ()
        groups.setdefault(scored_frames(run.record).key, []).append(replace(run, marks=mark))
    tables = [table_of(beside(shipped, [run.record for run in group]), group) for group in groups.values()]
    return [table for table in tables if table is not None]


def table_of(references: Sequence[Shipped], own: Sequence[StoredRun] = ()) -> Table | None:
    """One table of references and own runs, all of the same frames and members.

    Args:
        references: that may stand in one table (:func:`downbench.references.finding.beside`).
        own: scored runs, if there are any.

    Returns:
        None where no reference can be read.

    Raises:
        UserError: time bins differ.
    """
    opened = list(unpacked(references))
    if not opened:
        return None
    rows = named_rows(opened, own)
    scored, metrics = score_rows([row.runs for row in rows])
    with_values = [
        metric
        for metric in metrics.values()
        if metric.direction != "none" and any(value_of(scored.get(i), metric) is not None for i in scored)
    ]
    first = sorted(with_values, key=lambda metric: metric.name != "crps")
    frames = scored_frames(rows[0].runs[0].record).text
    return Table(frames, rows, scored, {metric.name: metric for metric in first})


def named_rows(opened: Iterable[tuple[Shipped, StoredRun]], own: Sequence[StoredRun] = ()) -> list[Row]:
    """Rows of own runs, and then of references, with their names."""
    return _named(_own_rows(own) + [_reference_row(row) for row in rows_of(opened)])


def _own_rows(runs: Sequence[StoredRun]) -> list[Row]:
    groups: dict[str, list[StoredRun]] = {}
    for run in sorted(runs, key=lambda one: one.record.seed):
        groups.setdefault(configuration_of(run.record), []).append(run)
    return [Row(group, "", group[0].record.role, _marks(group)) for group in groups.values()]


def _marks(seeds: Sequence[StoredRun]) -> tuple[str, ...]:
    """That any of the seeds repeats a reference."""
    return (REPEATS,) if any(REPEATS in run.marks for run in seeds) else ()


def _reference_row(seeds: Sequence[tuple[Shipped, StoredRun]]) -> Row:
    """References that differ in their seed alone."""
    marks = shared_marks([one.reference.marks for one, _ in seeds])
    return Row([run for _, run in seeds], "", seeds[0][0].reference.role, marks)


def _named(rows: Sequence[Row]) -> list[Row]:
    """Rows with their names; a track is always named, since it is another question."""
    tracks = [row.runs[0].record.track for row in rows]
    beside = [
        [mark for mark in row.marks if mark not in QUIET_MARKS] + ([track.name] if track else [])
        for row, track in zip(rows, tracks, strict=True)
    ]
    names = [
        name + (f", track {track.name}" if track else "")
        for name, track in zip(
            row_names([(row.runs[0].record, words) for row, words in zip(rows, beside, strict=True)]),
            tracks,
            strict=True,
        )
    ]
    seeds = seeds_apart(names, [row.seeds for row in rows], [row.own for row in rows])
    return [
        replace(row, name=name + words, says_seeds=bool(words))
        for row, name, words in zip(rows, names, seeds, strict=True)
    ]


def as_json(table: Table) -> dict[str, Any]:
    """A table as ``bench run --json`` prints it: every metric, every row."""
    return {
        "frames": table.frames,
        "no_interval": table.no_interval or None,
        "rows": [
            {
                "name": row.name,
                "marks": list(row.marks),
                "role": row.role,
                "ablation": row.ablation,
                "seeds": row.seeds,
                "members": row.runs[0].record.members,
                "directories": [str(run.directory) for run in row.runs],
            }
            for row in table.rows
        ],
        "metrics": [_metric(table, metric) for metric in table.metrics.values()],
    }


def _metric(table: Table, metric: Metric) -> dict[str, Any]:
    return {
        "metric": metric.name,
        "component": metric.headline,
        "unit": metric.unit,
        "direction": metric.direction,
        "values": {str(i): table.value(i, metric) for i in table.ordered(metric)},
        "classes": {str(i): rank for i, rank in table.classes(metric).items()},
        "comparisons": [
            {
                "row": row,
                "better": list(one.better),
                "alike": list(one.alike),
                "behind": list(one.behind),
                "differences": [
                    {"row": i, "difference": d.value, "low": d.low, "high": d.high, "p": d.p}
                    for i, d in one.differences.items()
                ],
            }
            for row in table.subjects
            if (one := table.against(row, metric)) is not None
        ],
    }
