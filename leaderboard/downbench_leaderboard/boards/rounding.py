"""What is rounding noise in a column: numbers that differ by less are equal."""

from __future__ import annotations

import numpy as np

from downbench_leaderboard.boards.boards import Board

SHARE = 1e-6  # what single precision leaves of sums, as a share of what is summed


def rounding(board: Board, column: int) -> float:
    """The size below which an error of a column is none.

    A millionth of 1 for what is a share or a rate of rain, so that biases of 5e-11 and 3e-10 count as equal;
    else a millionth of the largest value.
    """
    own = board.columns[column]
    if own.unit == "1" or own.power:
        return SHARE
    values = np.abs(board.whole.values[:, column])
    return SHARE * float(np.nanmax(values)) if np.isfinite(values).any() else 0.0
