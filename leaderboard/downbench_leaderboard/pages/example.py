"""Two values of a board, read aloud: that of the best method, and of the one that errors are relative to."""

from __future__ import annotations

import math

from downbench_leaderboard.boards.boards import Board
from downbench_leaderboard.boards.columns import Column, merit
from downbench_leaderboard.boards.finding import reference_row
from downbench_leaderboard.pages.render import shown_alike


def ranked(board: Board, column: Column) -> list[int]:
    """Rows of what methods are today that have a value, the best first."""
    own = board.whole.values[:, board.columns.index(column)]
    known = [i for i, value in enumerate(own) if not math.isnan(value) and i not in board.former]
    return sorted(known, key=lambda i: merit(float(own[i]), column.direction))


def example_words(board: Board, column: Column) -> str:
    """Half a sentence with two values; empty where there is nothing to hold the best against.

    The first is that of the best method, or of the best that is no ablation and is what its method is today.
    It is called the best where no row at all is better.
    """
    rows, reference = ranked(board, column), reference_row(board)
    row = next((row for row in rows if row not in board.ablations), reference)
    if row is None or reference not in rows or row == reference:
        return ""
    own = board.whole.values[:, board.columns.index(column)]
    merits = [merit(float(value), column.direction) for value in own if not math.isnan(value)]
    best = ", the best," if merit(float(own[row]), column.direction) == min(merits) else ""
    unit = f" {column.printed_unit}".rstrip()
    value, other = shown_alike(float(own[number]) for number in (row, reference))
    return f"{board.names[row]}{best} has {value}{unit} and {board.names[reference]} {other}{unit}"
