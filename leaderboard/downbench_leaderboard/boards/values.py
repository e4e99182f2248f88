"""Scores of a board as arrays: one grid of rows and columns for each region and season."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from downbench_leaderboard.boards.columns import Column
from downbench_leaderboard.boards.layout import WHOLE, Layout, layout_of
from downbench_leaderboard.boards.rows import Row
from downbench_leaderboard.records.entry import Entry

ABSENT = "This run has no score here."


@dataclass(frozen=True)
class Grid:
    """Values (row, column) of one region and season, nan where there is none, and the reasons for that.

    ``more`` (row, column, figure) are the ends of intervals, scored steps and resampling blocks there.
    """

    values: NDArray[np.float64]
    reasons: dict[tuple[int, int], str] = field(default_factory=dict)
    more: NDArray[np.float64] | None = None


@dataclass(frozen=True)
class Values:
    """All numbers of a board.

    Args:
        grids: (region, season) to means over the seeds of each row.
        low: lower ends of intervals (row, column) over the whole domain and time, means over seeds.
        high: upper ends.
        spread: standard deviation over seeds (row, column), nan where a row has but one.
        seeds: values of each run (run, column) over the whole domain and time, rows one after the other.
        n: scored steps of each number (row, column).
        n_eff: resampling blocks in them.
        no_interval: why a number has no interval, by place.
    """

    grids: dict[tuple[str, str], Grid]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    spread: NDArray[np.float64]
    seeds: NDArray[np.float64]
    n: NDArray[np.float64]
    n_eff: NDArray[np.float64]
    no_interval: dict[tuple[int, int], str]


def collect(rows: Sequence[Row], columns: Sequence[Column]) -> Values:
    """Gather the scores of all rows."""
    places = {column.key: i for i, column in enumerate(columns)}
    layouts = {layout_of(entry.run): None for row in rows for entry in row.entries}
    parts = {part: i for i, part in enumerate(dict.fromkeys(p for layout in layouts for p in layout.parts))}
    names = list(parts)
    spots = {
        layout: (
            np.array([parts[part] for part in layout.parts], int)[layout.part],
            np.array([places[key] for key in layout.keys], int)[layout.column],
        )
        for layout in layouts
    }
    low, high, spread, n, n_eff = (np.full((len(rows), len(columns)), np.nan) for _ in range(5))
    runs = sum(len(row.entries) for row in rows)
    values = Values({}, low, high, spread, np.full((runs, len(columns)), np.nan), n, n_eff, {})
    to_zero = np.array([column.direction == "zero" for column in columns], bool)
    start = 0
    for number, row in enumerate(rows):
        cells = _Cells(row.entries, spots, (len(parts), len(columns)))
        means, lacking = cells.means(to_zero)
        for part in cells.parts:
            key = names[part]
            if key not in values.grids:
                empty = np.full((len(rows), len(columns), 5), np.nan)
                values.grids[key] = Grid(empty[..., 0], more=empty[..., 1:])
            grid = values.grids[key]
            grid.values[number] = means[part]
            if grid.more is not None:
                grid.more[number] = _figures(cells, part)
            for column in np.flatnonzero(lacking[part]):
                values.grids[key].reasons[number, int(column)] = cells.reason(part, int(column))
        if WHOLE in parts:
            end = start + len(row.entries)
            values.seeds[start:end] = cells.figures[:, parts[WHOLE], :, 0]
            _more(values, number, cells, parts[WHOLE])
        start += len(row.entries)
    return values


_Spots = Mapping[Layout, tuple[NDArray[np.int64], NDArray[np.int64]]]


class _Cells:
    """Scores of the runs of one row, by run, part and column.

    ``figures`` (run, part, column, figure) are those of the records, ``present`` says where a run has a score
    at all.
    """

    def __init__(self, entries: Sequence[Entry], spots: _Spots, shape: tuple[int, int]) -> None:
        self._scores = [entry.run.scores for entry in entries]
        self._score = np.full((len(entries), *shape), -1)
        self.figures = np.full((len(entries), *shape, 6), np.nan)
        for i, entry in enumerate(entries):
            at = spots[layout_of(entry.run)]
            self.figures[i][at], self._score[i][at] = entry.run.scores.figures, np.arange(len(at[0]))
        self.present = self._score >= 0
        self.parts = np.flatnonzero(self.present.any(axis=(0, 2))).tolist()

    def means(self, to_zero: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Means over runs (part, column), and where a run lacks a value that another may have.

        Where zero is best, of sizes, with the sign of the mean: signed values would cancel, and a method that
        errs to either side would look exact.
        """
        own = self.figures[..., 0]
        if len(own) == 1:
            return own[0], self.present[0] & np.isnan(own[0])
        mean = own.mean(axis=0)
        mean[:, to_zero] = np.copysign(np.abs(own[..., to_zero]).mean(axis=0), mean[:, to_zero])
        return mean, self.present.any(axis=0) & np.isnan(mean)

    def reason(self, part: int, column: int) -> str:
        """Why there is no mean."""
        known = int(np.isfinite(self.figures[:, part, column, 0]).sum())
        reasons = [reason for reason in self._whys(part, column, 0) if reason] or [ABSENT]
        runs = len(self._scores)
        return (f"{runs - known} of {runs} seeds have no value: " if known else "") + reasons[0]

    def reason_interval(self, part: int, column: int) -> str:
        """Why the first run that has a score has no interval."""
        return self._whys(part, column, 1)[0]

    def _whys(self, part: int, column: int, which: int) -> list[str]:
        return [
            scores.reasons[scores.whys[at, which]]
            for scores, at in zip(self._scores, self._score[:, part, column], strict=True)
            if at >= 0
        ]


def value_of(row: Row, column: Column) -> float:
    """A row's value over the whole domain and time, nan where it has none."""
    own = []
    for entry in row.entries:
        at = layout_of(entry.run).whole(column.key)
        own.append(math.nan if at is None else float(entry.run.scores.figures[at, 0]))
    mean = fmean(own)
    return math.copysign(fmean(map(abs, own)), mean) if column.direction == "zero" else mean


def _more(values: Values, row: int, cells: _Cells, part: int) -> None:
    """Intervals, spread over seeds and counts, over the whole domain and time."""
    figures = _figures(cells, part)
    values.low[row], values.high[row], values.n[row], values.n_eff[row] = figures.T
    value = cells.figures[:, part, :, 0]
    known = np.isfinite(value)
    for column in np.flatnonzero(known.any(axis=0) & np.isnan(figures[:, 0])):
        if why := cells.reason_interval(part, int(column)):
            values.no_interval[row, int(column)] = why
    if len(value) > 1:
        several = known.all(axis=0)
        values.spread[row, several] = value[:, several].std(axis=0, ddof=1)


def _figures(cells: _Cells, part: int) -> NDArray[np.float64]:
    """Low and high end of the interval, n and resampling blocks (column, 4) of one region and season.

    Ends are means over seeds, where all of them have an interval; counts are those of the first that knows.
    """
    _, low, high, n, n_eff, _ = np.moveaxis(cells.figures[:, part], -1, 0)
    present = cells.present[:, part]
    bounded = np.isfinite(low) & np.isfinite(high) & present
    whole = present.any(axis=0) & (bounded.sum(axis=0) == present.sum(axis=0))
    figures = np.full((low.shape[1], 4), np.nan)
    for end, own in enumerate((low, high)):
        figures[whole, end] = np.where(bounded, own, 0).sum(axis=0)[whole] / bounded.sum(axis=0)[whole]
    for count, own in enumerate((n, n_eff), 2):
        first = np.isfinite(own).argmax(axis=0)
        figures[:, count] = own[first, np.arange(own.shape[1])]
    return figures
