"""What a board says at a glance, in sentences: who leads, in what, and what it costs."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from downbench import REFERENCE
from downbench_leaderboard.boards.boards import Board
from downbench_leaderboard.boards.columns import Column, merit
from downbench_leaderboard.boards.costs import mean_cost
from downbench_leaderboard.boards.draws import tally_of
from downbench_leaderboard.boards.groups import GROUPS
from downbench_leaderboard.boards.standing import Classes

NEAR = 1.1  # a cheap method is one whose error is at most so many times the smallest
MOST_NAMES = 4
MOST_OWN = 3
REFERENCE_MARK = "reference"  # of runs that came with the suite


@dataclass(frozen=True)
class Finding:
    """One answer: its question, the names of the rows that are the answer, and a sentence."""

    question: str
    names: list[str]
    text: str


def find_answers(board: Board, classes: Classes) -> list[Finding]:
    """Best overall, best for extremes, best for its cost: those that the board can answer."""
    if board.first is None:
        return []
    answers = [_leaders(board, classes, board.first, "Best overall")]
    for key in ("extremes", "texture"):
        column = _first_of(board, key)
        if column is not None and column is not board.first:
            answers.append(_leaders(board, classes, column, f"Best {GROUPS[key].lower()}"))
    cheap = _cheapest(board, board.first)
    first, *more = answers
    return [first, *_own(board, classes), *more, *([cheap] if cheap else [])]


def _own(board: Board, classes: Classes) -> list[Finding]:
    """How the runs of one's own stand, where there are references beside them; the best three at most."""
    if not any(REFERENCE_MARK in row.marks for row in board.rows):
        return []
    own = [
        i for i, row in enumerate(board.rows) if REFERENCE_MARK not in row.marks and not _is_control(board, i)
    ]
    texts = {i: text for i in own[:MOST_OWN] if (text := tally_text(board, classes, i))}
    return [Finding("Yours", [_name(board, i)], text) for i, text in texts.items()]


def tally_text(board: Board, classes: Classes, row: int) -> str:
    """A row against all others in the column that orders the board; nothing where there are no intervals."""
    tally = tally_of(board, classes, row)
    if tally is None or board.first is None or not tally.others:
        return ""
    equal = _listed([_name(board, other) for other in tally.equal]) if tally.equal else "none"
    return (
        f"{_name(board, row)} is better in {board.first.title} than {tally.better} of {tally.others}, worse "
        f"than {tally.worse}, and cannot be told apart from {equal} (95 % intervals of single differences)."
    )


def _first_of(board: Board, group: str) -> Column | None:
    for number, column in enumerate(board.columns):
        wanted = column.group == group and column.headline and column.direction != "none"
        if wanted and np.isfinite(board.whole.values[:, number]).any():
            return column
    return None


def _merits(board: Board, column: Column) -> dict[int, float]:
    own = board.whole.values[:, board.columns.index(column)]
    return {i: merit(float(v), column.direction) for i, v in enumerate(own) if not math.isnan(v)}


def _leaders(board: Board, classes: Classes, column: Column, question: str) -> Finding:
    number, merits = board.columns.index(column), _merits(board, column)
    letters = classes.letters.get(number, [])
    ranked = sorted(merits, key=merits.__getitem__)
    told_apart = "A" in letters
    leaders = [row for row in ranked if letters[row] == "A"] if told_apart else ranked[:1]
    names = [_name(board, row) for row in leaders]
    if not told_apart:
        verb, tail = "has the best", ""
    elif len(leaders) == 1:
        verb, tail = "leads", " and can be told from all others"
    else:
        verb, tail = "lead", " and cannot be told apart"
    sentence = f"{_listed(names)} {verb} {column.title}{tail}"
    return Finding(question, names, sentence + _against_reference(board, column, leaders[0]) + ".")


def _against_reference(board: Board, column: Column, best: int) -> str:
    """By how much the error of a row is below that of the reference; nothing where a ratio says nothing."""
    reference = reference_row(board)
    if reference is None or reference == best or column.direction == "none":
        return ""
    own, its = (_error(board, column, row) for row in (best, reference))
    if own is None or its is None or its <= 0 or own < 0:
        return ""
    share, name = 100 * (1 - own / its), board.rows[reference].name
    if abs(share) < 0.5:
        return f"; as good as {name}"
    return f"; the error is {abs(share):.0f} % {'below' if share > 0 else 'above'} that of {name}"


def _error(board: Board, column: Column, row: int) -> float | None:
    value = float(board.whole.values[row, board.columns.index(column)])
    if math.isnan(value):
        return None
    if column.direction == "higher":
        return None if column.top is None else column.top - value
    return abs(value) if column.direction == "zero" else value


def reference_row(board: Board) -> int | None:
    """The row that errors are relative to: the protocol's reference, else the first control by name."""
    controls = [
        (row.name != REFERENCE, row.name, i) for i, row in enumerate(board.rows) if _is_control(board, i)
    ]
    return min(controls)[2] if controls else None


def _is_control(board: Board, row: int) -> bool:
    return board.rows[row].run.role == "control"


def _cheapest(board: Board, column: Column) -> Finding | None:
    """The cheapest sampler whose error is near the smallest."""
    errors = {i: e for i in range(len(board.rows)) if (e := _error(board, column, i)) is not None}
    smallest = min(errors.values(), default=0.0)
    near = [i for i, error in errors.items() if error <= NEAR * smallest]
    costs = {i: mean_cost([e.run for e in board.rows[i].entries])["sample"] for i in near}
    paid = {i: cost for i, cost in costs.items() if cost is not None}
    if smallest <= 0 or not paid:
        return None
    row = min(paid, key=paid.__getitem__)
    text = (
        f"{_name(board, row)} is the cheapest to sample of those within {100 * (NEAR - 1):.0f} % of the best "
        f"{column.title}: {paid[row]:.3g} s a day and member."
    )
    return Finding("Best for its cost", [_name(board, row)], text)


def _name(board: Board, row: int) -> str:
    same = sum(other.name == board.rows[row].name for other in board.rows)
    own = board.rows[row]
    return own.name if same == 1 or not own.detail else f"{own.name} ({own.detail})"


def _listed(names: list[str]) -> str:
    if len(names) > MOST_NAMES:
        return f"{', '.join(names[:MOST_NAMES])} and {len(names) - MOST_NAMES} more"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
