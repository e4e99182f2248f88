"""What a board says at a glance, in sentences: who leads, in what, and what it costs."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from downbench import REFERENCE
from downbench_leaderboard.boards.boards import FORMER, Board
from downbench_leaderboard.boards.columns import Column, merit
from downbench_leaderboard.boards.costs import mean_cost, members_of
from downbench_leaderboard.boards.draws import tally_of
from downbench_leaderboard.boards.groups import GROUPS
from downbench_leaderboard.boards.standing import UNEQUAL, Classes
from downbench_leaderboard.records.entry import REFERENCE_MARK

NEAR = 1.1  # a cheap method is one whose error is at most so many times the smallest
MOST_NAMES = 4
MOST_LEADERS = 8  # of more that share a first class none is named: the column tells too little
OVERALL = "Best overall"
MOST_OWN = 3
_ADJUSTED = "adjusted for {} comparisons; classes, which are for all pairs, tell fewer apart"


@dataclass(frozen=True)
class Finding:
    """One answer: its question, the names of the rows that are the answer, and what is said of them.

    Where no names are the answer, what is said is a whole sentence.
    """

    question: str
    names: list[str]
    said: str

    @property
    def names_shown(self) -> str:
        """The names, the first few of many."""
        return _listed(self.names) if self.names else ""

    @property
    def text(self) -> str:
        """A sentence with the names."""
        return f"{self.names_shown} {self.said}".strip()


def find_answers(board: Board, classes: Classes) -> list[Finding]:
    """Best overall, best for extremes, best for its cost: those that the board can answer."""
    if board.first is None:
        return []
    if len(board.rows) == 1:
        return [Finding(OVERALL, board.names, "is the only method that was scored so far.")]
    answers = [_leaders(board, classes, board.first, OVERALL)]
    for key in ("extremes", "texture"):
        column = _first_of(board, classes, key)
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
    tallies = [tally for i in own[:MOST_OWN] if (tally := _tally(board, classes, i))]
    if tallies or board.first is None or not own:
        return tallies
    ranked = sorted(merits := _but(_merits(board, board.first), board.former), key=merits.__getitem__)
    best = next((i for i in ranked if i in own), None)
    if best is None:
        return []
    why = (
        "it was scored without the resampled values that would say whether that is chance"
        if classes.any
        else "the record is too short to say whether that is chance"
    )
    rank = f"is number {ranked.index(best) + 1} of {len(ranked)} in {board.first.spoken}"
    return [Finding("Yours", [board.names[best]], f"{rank}; {why}.")]


def tally_text(board: Board, classes: Classes, row: int) -> str:
    """A row against all others in the column that orders the board; nothing where there are no intervals."""
    tally = _tally(board, classes, row)
    return tally.text if tally else ""


def _tally(board: Board, classes: Classes, row: int) -> Finding | None:
    tally = tally_of(board, classes, row)
    if tally is None or board.first is None:
        return None
    said = (
        f"is better in {board.first.spoken} than {tally.better} of {tally.others}, worse than {tally.worse}"
    )
    if tally.equal:
        equal = sorted(tally.equal, key=board.former.__contains__)
        said += f", and cannot be told apart from {_listed([board.names[other] for other in equal])}"
    return Finding("Yours", [board.names[row]], f"{said} ({_ADJUSTED.format(tally.others)}).")


def _first_of(board: Board, classes: Classes, group: str) -> Column | None:
    """The first column of a group that tells any two rows apart, or else the first that has values."""
    own = [
        number
        for number, column in enumerate(board.columns)
        if column.group == group
        and column.headline
        and column.direction != "none"
        and np.isfinite(board.whole.values[:, number]).any()
    ]
    telling = [number for number in own if {*classes.letters.get(number, [])} - {"", "A", UNEQUAL}]
    return board.columns[[*telling, *own][0]] if own else None


def _merits(board: Board, column: Column) -> dict[int, float]:
    own = board.whole.values[:, board.columns.index(column)]
    return {i: merit(float(v), column.direction) for i, v in enumerate(own) if not math.isnan(v)}


def _but(merits: Mapping[int, float], rows: Collection[int]) -> dict[int, float]:
    """Merits of all other rows, or of all where there are no others."""
    return {row: own for row, own in merits.items() if row not in rows} or dict(merits)


def _leaders(board: Board, classes: Classes, column: Column, question: str) -> Finding:
    number, merits = board.columns.index(column), _merits(board, column)
    letters = classes.letters.get(number, [])
    ranked = sorted(sought := _but(merits, board.aside), key=sought.__getitem__)
    first_class = [row for row in merits if letters and letters[row] == "A"]
    leaders = [row for row in ranked if row in first_class] or ranked[:1]
    names = [board.names[row] for row in leaders]
    if len(first_class) == len(merits) > 1:
        return Finding(question, [], f"no method can be told from another in {_named(column, question)}.")
    if leaders[0] in first_class and len(leaders) > MOST_LEADERS:
        return Finding(
            question, [], f"{len(leaders)} methods share the first class of {_named(column, question)}."
        )
    if leaders[0] not in first_class:
        verb, tail = "has the best", ", which may be chance" if question == OVERALL else ""
    elif len(leaders) > 1:
        verb, tail = "lead", " and share its first class"
    else:
        verb, tail = "leads", " and can be told from all others" + _but_for(board, first_class)
    against = _against_reference(board, column, leaders[0], letters)
    return Finding(
        question,
        names,
        f"{verb} {_named(column, question)}{tail}{against}.{_aside(board, merits, leaders[0])}",
    )


def _but_for(board: Board, first_class: Sequence[int]) -> str:
    """Rows that no answer names and that share the first class with the one that does."""
    rows = [row for row in first_class if row in board.aside]
    return f" but {_listed([board.names[row] for row in rows])}" if rows else ""


def _aside(board: Board, merits: Mapping[int, float], leader: int) -> str:
    """A sentence where an ablation, or what a method was once, is better than the best of the others."""
    better = sorted(
        (i for i in board.aside if merits.get(i, math.inf) < merits[leader]), key=merits.__getitem__
    )
    if not better:
        return ""
    best = better[0]
    if best in board.ablations:
        _, base = board.family_of(board.rows[best].maker)
        why = f"an ablation of {base}"
    else:
        mark = next(mark for mark in board.rows[best].marks if mark in FORMER)
        why = f"marked \u201c{mark}\u201d"
    return f" Not counted here, and better still: {board.names[best]}, {why}."


def _named(column: Column, question: str) -> str:
    """A column in a sentence: with its title, but for the one that orders the board."""
    title = column.card.title
    if question == OVERALL or not title or title.lower() == column.metric:
        return column.spoken
    return f"{column.spoken} ({title[0].lower() if title[1:2].islower() else title[0]}{title[1:]})"


def _against_reference(board: Board, column: Column, best: int, letters: Sequence[str]) -> str:
    """By how much the error of a row is below the reference's; nothing where the two are not compared."""
    reference = reference_row(board)
    if reference is None or reference == best or column.direction == "none":
        return ""
    if letters and UNEQUAL in (letters[reference], letters[best]):
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
    near = [i for i, error in errors.items() if error <= NEAR * smallest and i not in board.aside]
    costs = {i: mean_cost([e.run for e in board.rows[i].entries])["sample"] for i in near}
    paid = {i: cost for i, cost in costs.items() if cost is not None}
    if smallest <= 0 or not paid:
        return None
    row = min(paid, key=paid.__getitem__)
    seconds = paid[row]
    time = f"{seconds:,.3g} s" if 1 <= seconds < 100 else f"{seconds:,.0f} s"
    time = time if seconds >= 1 else f"{1000 * seconds:.3g} ms"
    members = members_of(board.rows[row].run) or 1
    control = "(a control) " if _is_control(board, row) else ""
    said = (
        f"{control}is the cheapest to sample of those within {100 * (NEAR - 1):.0f} % of the best "
        f"{column.spoken}: {time} for {members} member{'s' * (members != 1)} of a simulated day."
    )
    return Finding("Best for its cost", [board.names[row]], said)


def _listed(names: list[str]) -> str:
    if len(names) > MOST_NAMES + 1:  # "and 1 more" is no shorter than a name
        return f"{', '.join(names[:MOST_NAMES])} and {len(names) - MOST_NAMES} more"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
