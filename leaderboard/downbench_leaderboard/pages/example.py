"""A number of a board, read aloud: what the best has, and what the method has that errors are relative to."""

from __future__ import annotations

import math

from downbench_leaderboard.boards.boards import Board
from downbench_leaderboard.boards.columns import Column, merit
from downbench_leaderboard.boards.finding import reference_row
from downbench_leaderboard.pages.render import shown_alike


def ranked(board: Board, column: Column) -> list[int]:
    """Rows of what methods are today that have a value, the best first."""
    own = board.whole.values[:, board.columns.index(column)]
    known = [i for i, value in enumerate(own) if not math.isnan(value) and i not in board.aside]
    return sorted(known, key=lambda i: merit(float(own[i]), column.direction))


def example_words(board: Board, column: Column) -> str:
    """Half a sentence with two values; empty where there is nothing to hold the best against."""
    rows, reference = ranked(board, column), reference_row(board)
    if reference not in rows[1:]:
        return ""
    own = board.whole.values[:, board.columns.index(column)]
    unit = f" {column.printed_unit}".rstrip()
    best, other = shown_alike(float(own[row]) for row in (rows[0], reference))
    return f"{board.names[rows[0]]}, the best, has {best}{unit} and {board.names[reference]} {other}{unit}"
