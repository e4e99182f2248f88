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

    The first is that of the best method, or of the best that is no ablation.
    """
    rows, reference = ranked(board, column), reference_row(board)
    row = next((row for row in rows if row not in board.ablations), reference)
    if row is None or reference not in rows or row == reference:
        return ""
    best = ", the best," if row == rows[0] else ""
    own = board.whole.values[:, board.columns.index(column)]
    unit = f" {column.printed_unit}".rstrip()
    value, other = shown_alike(float(own[number]) for number in (row, reference))
    return f"{board.names[row]}{best} has {value}{unit} and {board.names[reference]} {other}{unit}"
