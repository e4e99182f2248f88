"""Classes of all rows of a table, metric by metric; a row holds runs that differ in nothing but the seed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from downbench.contracts.metric import Metric
from downbench.errors import UserError
from downbench.findings.compare import check_frames
from downbench.findings.kept_rows import keep_row, kept_row, key_of_row
from downbench.findings.row_scores import RowScores, Seen, read_row
from downbench.findings.stored_run import StoredRun, open_run
from downbench.scoring.inference.classes import LEVEL, Standing, find_classes, holm
from downbench.scoring.inference.intervals import interval_reach, p_values
from downbench.scoring.inference.paired import Scored, component_direction
from downbench.store.resamples import Part

Column = tuple[str, str]  # name of a metric, and its headline component
_ByRow = dict[int, NDArray[np.float64]]


@dataclass(frozen=True)
class Standings:
    """Where rows stand, over the whole domain and the whole time.

    Args:
        places: column to a row's index to its standing; empty where there are no intervals.
        drawn: column to a row's index to its resampled values (resample,), of distances from zero where
            that is best. Those of two rows are paired.
        blocks: resampling blocks in the record.
        block: time bins in a block.
        parts: (region, season) to what ``drawn`` holds for that region or season, and the blocks in it; of
            the rows whose runs all keep it.
    """

    places: Mapping[Column, Mapping[int, Standing]] = field(default_factory=dict)
    drawn: Mapping[Column, Mapping[int, NDArray[np.float64]]] = field(default_factory=dict)
    blocks: int = 2
    block: int = 1
    parts: Mapping[Part, tuple[int, Mapping[Column, Mapping[int, NDArray[np.float64]]]]] = field(
        default_factory=dict
    )

    def reach(self, comparisons: int = 1) -> float:
        """Half the width of a 95 % interval in standard deviations of a difference of resampled values.

        Args:
            comparisons: that are adjusted for (Bonferroni; step by step, so does Holm).
        """
        return interval_reach(self.blocks, self.block, 1 - LEVEL / comparisons)

    def told_apart(self, column: Column, row: int, sizes: Mapping[int, float]) -> dict[int, bool]:
        """Which rows can be told from one: the rule of :func:`downbench.findings.one_against_many.against`.

        Adjusted for the number of comparisons (Holm). Empty where the row has no resampled values.

        Args:
            column: by which one.
            row: index of the row.
            sizes: value by row; the distance from zero where that is best.
        """
        drawn = self.drawn.get(column, {})
        others = [other for other in drawn if other != row and other in sizes]
        if row not in drawn or row not in sizes or not others:
            return {}
        differences = drawn[row] - np.stack([drawn[other] for other in others])
        values = sizes[row] - np.array([sizes[other] for other in others])
        p = holm(p_values(values, differences, self.blocks, self.block))
        return {other: bool(p[i] < LEVEL) for i, other in enumerate(others)}


def find_standings(rows: Sequence[Sequence[Path]], parts: bool = False) -> Standings:
    """Where the rows of a table stand whose runs were scored on the same frames.

    A row's value is the mean over its runs, and seeds are drawn anew in each resample as the weather is. A
    run has no standing if its scores or statistics cannot be read. It has none in a metric that is not
    registered here or whose version has changed since.

    Args:
        rows: score directories of each row, always in the same order, since ties go to the first.
        parts: read what is kept of regions and seasons too.

    Raises:
        UserError: runs on different frames, or whose time bins differ.
    """
    seen: Seen = {}
    read = {number: row for number, paths in enumerate(rows) if (row := _row(paths, seen, parts)) is not None}
    scored, metrics = _together(read)
    if len(scored) < 2 or any(one.no_interval for one in scored.values()):
        return Standings()
    numbers, places, drawn = list(scored), {}, {}
    for name, metric in metrics.items():
        column = name, metric.headline
        by_run = find_classes(list(scored.values()), metric, metric.headline)
        if by_run:
            places[column] = {
                numbers[i]: Standing(standing.rank, numbers[standing.leader], standing.behind)
                for i, standing in by_run.items()
            }
            drawn[column] = {numbers[i]: _distances(scored[numbers[i]], metric) for i in by_run}
    one = next(iter(scored.values()))
    return Standings(places, drawn, one.blocks or 2, one.block, _parts_of(read))


def _row(paths: Sequence[Path], seen: Seen, parts: bool) -> RowScores | None:
    """Scores of a row, from what was worked out of the same files before if there is that."""
    key = key_of_row(paths, parts)
    kept = kept_row(key, seen)
    if kept is not None:
        return kept
    runs = [run for path in paths if (run := _readable(path)) is not None]
    if not runs:
        return None
    check_frames(runs)
    row = read_row(runs, seen, parts)
    if len(runs) == len(paths):
        keep_row(key, row, runs)
    return row


def score_rows(rows: Iterable[Sequence[StoredRun]]) -> tuple[dict[int, Scored], dict[str, Metric]]:
    """Headline scores of rows of a table, over the whole domain and time, see :func:`read_row`.

    Args:
        rows: runs of each row, on the same frames; they are gone through once, one by one.

    Returns:
        Scores by the number of the row, of rows that can be read; and the metrics that are registered here
        in the version that a run has, by name.

    Raises:
        UserError: runs on different frames, or whose time bins differ.
    """
    seen: Seen = {}
    read = {}
    for number, runs in enumerate(rows):
        if runs:
            check_frames(runs)
            read[number] = read_row(runs, seen)
    return _together(read)


def _together(rows: Mapping[int, RowScores]) -> tuple[dict[int, Scored], dict[str, Metric]]:
    """Scores and metrics of rows that may stand in one table.

    Raises:
        UserError: runs on different frames, or whose time bins differ.
    """
    if len({row.frames for row in rows.values()}) > 1:
        raise UserError(
            "the rows of the table were scored on different frames",
            "scores of different weather cannot be compared; run all on one dataset with one --limit",
        )
    scored = {number: row.scored for number, row in rows.items() if row.scored is not None}
    if not any(one.no_interval for one in scored.values()):
        _check_blocks(list(scored.values()))
    return scored, {name: metric for row in rows.values() for name, metric in row.metrics.items()}


def _parts_of(rows: Mapping[int, RowScores]) -> dict[Part, tuple[int, dict[Column, _ByRow]]]:
    """Regions and seasons of all rows, as :class:`Standings` holds them."""
    parts: dict[Part, tuple[int, dict[Column, _ByRow]]] = {}
    for number, row in rows.items():
        for part, (blocks, draws) in row.parts.items():
            columns = parts.setdefault(part, (blocks, {}))[1]
            for name, own in draws.items():
                columns.setdefault((name, row.metrics[name].headline), {})[number] = own
    return parts


def _distances(scored: Scored, metric: Metric) -> NDArray[np.float64]:
    drawn = scored.drawn[metric.name][metric.headline]
    return np.abs(drawn) if component_direction(metric.direction, metric.headline) == "zero" else drawn


def _readable(directory: Path) -> StoredRun | None:
    try:
        return open_run(directory)
    except UserError:
        return None


def _check_blocks(scored: Sequence[Scored]) -> None:
    if len({(one.n, one.blocks) for one in scored}) > 1:
        raise UserError(
            "the runs were scored on the same frames, but differ in their time bins",
            "score all again with one release: `bench run`",
        )
