"""Classes of a board: which methods cannot be told apart, and by how much each differs from the best."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from downbench import Standing, Standings, UserError, find_standings
from downbench_leaderboard.boards.boards import Board
from downbench_leaderboard.boards.columns import Column, merit
from downbench_leaderboard.boards.rounding import rounding

UNEQUAL = "\u2260"
MOST_WITH_PARTS = 64  # rows of a board whose regions and seasons have intervals on its page


@dataclass(frozen=True)
class Classes:
    """What is known of the order of a board's rows.

    Args:
        letters: column index to one letter a row, "" where a row has none.
        leaders: column index to the row that leads each row's class, -1 where a row has none.
        behind: column index to (value, low, high) of the paired difference to the best row, by row.
        best: column index to the best row.
        standings: what all this came from.
    """

    letters: dict[int, list[str]] = field(default_factory=dict)
    leaders: dict[int, list[int]] = field(default_factory=dict)
    behind: dict[int, list[tuple[float | None, float | None, float | None]]] = field(default_factory=dict)
    best: dict[int, int] = field(default_factory=dict)
    standings: Standings = field(default_factory=Standings)

    @property
    def any(self) -> bool:
        """Whether any column has classes: marks of unequal members alone are none."""
        return bool(self.behind)


def classes_of(board: Board) -> Classes:
    """Classes of the headline columns over the whole domain and time.

    A mark stands for a class where a score without a fair form is of another number of members than the
    board's ensembles.
    """
    classes = Classes(standings=_standings(board))
    for number, column in enumerate(board.columns):
        if not column.headline:
            continue
        places = classes.standings.places.get((column.metric, column.component), {})
        here = {row: place for row, place in places.items() if _belongs(board, column, row)}
        if here:
            _fill(classes, number, len(board.rows), here)
            _forgive_rounding(board, classes, number)
        if not column.card.fair and board.members is not None:
            _mark_unequal(board, classes, number)
    return classes


def best_rows(board: Board, classes: Classes, column: int) -> set[int]:
    """Rows of a column that are marked as best: its first class, but for rows that another class exceeds.

    None where all are of the first class, which then tells nothing of them. Scripts follow the same rule.
    """
    letters, own = classes.letters.get(column, []), board.columns[column]
    first = [row for row, letter in enumerate(letters) if letter == "A"]
    others = [row for row, letter in enumerate(letters) if letter not in ("", "A", UNEQUAL)]
    if not first or not others or own.direction == "none":
        return set()
    noise = 0.0 if own.direction == "higher" else rounding(board, column)
    merits = [merit(float(value), own.direction) for value in board.whole.values[:, column]]
    merits = [own_merit if own.direction == "higher" else max(noise, own_merit) for own_merit in merits]
    least = min(merits[row] for row in others)
    return {row for row in first if merits[row] <= least}


def _standings(board: Board) -> Standings:
    """None where the statistics allow no intervals or are not there: scores are shown without them."""
    if any(entry.directory is None for entry in board.entries):
        return Standings()
    rows = [[e.directory for e in row.entries if e.directory is not None] for row in board.rows]
    try:
        return find_standings(rows, parts=len(rows) <= MOST_WITH_PARTS)
    except UserError:  # a board is made by what runs say of themselves, classes by their statistics
        return Standings()


def _belongs(board: Board, column: Column, row: int) -> bool:
    """Whether this row's score stands in this very column: two makers may give metrics one name."""
    card = board.rows[row].run.metrics.get(column.metric)
    return card is not None and card.distribution == column.card.distribution


def _fill(classes: Classes, column: int, rows: int, places: dict[int, Standing]) -> None:
    letters, leaders = [""] * rows, [-1] * rows
    behind: list[tuple[float | None, float | None, float | None]] = [(None, None, None)] * rows
    for row, place in places.items():
        letters[row] = chr(ord("A") + min(place.rank, 25))
        leaders[row] = place.leader
        if place.behind is not None:
            behind[row] = (place.behind.value, place.behind.low, place.behind.high)
    classes.letters[column], classes.leaders[column], classes.behind[column] = letters, leaders, behind
    best = [row for row, place in places.items() if place.behind is None]
    classes.best[column] = best[0] if best else -1


def _forgive_rounding(board: Board, classes: Classes, column: int) -> None:
    """Put what is exact but for rounding with the best: resampling tells a bias of 5e-11 from 3e-10."""
    best, own = classes.best[column], board.columns[column]
    errors = np.abs(board.whole.values[:, column])
    if own.direction not in ("zero", "lower") or best < 0 or errors[best] > rounding(board, column):
        return
    for row in np.flatnonzero(errors <= rounding(board, column)):
        if classes.letters[column][row]:
            classes.letters[column][row], classes.leaders[column][row] = "A", best


def _mark_unequal(board: Board, classes: Classes, column: int) -> None:
    letters = classes.letters.get(column, [""] * len(board.rows))
    for row, own in enumerate(board.rows):
        members = own.run.members if own.run.method.probabilistic else 1
        known = not np.isnan(board.whole.values[row, column])
        if known and members != board.members and not letters[row]:
            letters[row] = UNEQUAL
    if any(letters):
        classes.letters[column] = letters
