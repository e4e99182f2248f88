"""Scores of a board as arrays: one grid of rows and columns for each region and season."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from downbench_leaderboard.boards.columns import Column, column_key
from downbench_leaderboard.boards.rows import Row
from downbench_leaderboard.records.scores import Score

WHOLE = ("all", "all")
ABSENT = "This run has no score here."


@dataclass(frozen=True)
class Grid:
    """Values (row, column) of one region and season, nan where there is none, and the reasons for that."""

    values: NDArray[np.float64]
    reasons: dict[tuple[int, int], str] = field(default_factory=dict)


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

    def empty(size: int) -> NDArray[np.float64]:
        return np.full((size, len(columns)), np.nan)

    low, high, spread, n, n_eff = (empty(len(rows)) for _ in range(5))
    runs = sum(len(row.entries) for row in rows)
    values = Values({}, low, high, spread, empty(runs), n, n_eff, {})
    start = 0
    for number, row in enumerate(rows):
        cells: dict[tuple[str, str, int], list[Score]] = {}
        for entry in row.entries:
            own: dict[tuple[str, str, str], int] = {}  # few columns for thousands of scores
            for score in entry.run.scores:
                name = (score.metric, score.component, score.unit)
                if name not in own:
                    own[name] = places[column_key(entry.run, score)]
                at = (score.region, score.season, own[name])
                cells.setdefault(at, []).append(score)
                if at[:2] == WHOLE and score.value is not None:
                    values.seeds[start, at[2]] = score.value
            start += 1
        for (region, season, column), scores in cells.items():
            if (region, season) not in values.grids:
                values.grids[region, season] = Grid(empty(len(rows)))
            grid = values.grids[region, season]
            mean, reason = _mean(scores, len(row.entries), columns[column].direction)
            grid.values[number, column] = mean
            if reason:
                grid.reasons[number, column] = reason
            if (region, season) == WHOLE:
                _more(values, number, column, scores)
    return values


def value_of(row: Row, column: Column) -> float:
    """A row's value over the whole domain and time, nan where it has none."""
    scores = [
        score
        for entry in row.entries
        for score in entry.run.scores
        if score.metric == column.metric
        and (score.region, score.season) == WHOLE
        and column_key(entry.run, score) == column.key
    ]
    return _mean(scores, len(row.entries), column.direction)[0]


def _mean(scores: Sequence[Score], seeds: int, direction: str) -> tuple[float, str]:
    """Mean over seeds, or nan with the reason; where zero is best, of sizes, with the sign of the mean.

    Signed values would cancel, and a method that errs to either side would look exact.
    """
    numbers = [score.value for score in scores if score.value is not None]
    if len(numbers) < seeds:
        reasons = [score.reason for score in scores if score.reason] or [ABSENT]
        lacking = f"{seeds - len(numbers)} of {seeds} seeds have no value: " if numbers else ""
        return np.nan, lacking + reasons[0]
    if len(numbers) == 1:
        return numbers[0], ""
    mean = fmean(numbers)
    return (math.copysign(fmean(map(abs, numbers)), mean) if direction == "zero" else mean), ""


def _more(values: Values, row: int, column: int, scores: Sequence[Score]) -> None:
    low, high, n, n_eff = (
        [number for score in scores if (number := getattr(score, name)) is not None]
        for name in ("low", "high", "n", "n_eff")
    )
    numbers = [score.value for score in scores if score.value is not None]
    if len(low) == len(high) == len(scores):
        values.low[row, column], values.high[row, column] = np.mean(low), np.mean(high)
    elif numbers and scores[0].reason_interval:
        values.no_interval[row, column] = scores[0].reason_interval
    if len(numbers) == len(scores) > 1:
        values.spread[row, column] = np.std(numbers, ddof=1)
    if n:
        values.n[row, column] = n[0]
    if n_eff:
        values.n_eff[row, column] = n_eff[0]
