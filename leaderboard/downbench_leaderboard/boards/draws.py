"""Resampled values of a board: what its page needs for the interval of a difference of any two rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from downbench import Standings
from downbench_leaderboard.boards.boards import Board
from downbench_leaderboard.boards.columns import merit
from downbench_leaderboard.boards.packing import pack_floats, pack_whole
from downbench_leaderboard.boards.standing import Classes

_MOST = 1_200_000  # bytes of resampled values on a page: of the whole, and again of all parts together
_FEWEST = 100  # resamples from which percentiles are read
_Drawn = Mapping[tuple[str, str], Mapping[int, NDArray[np.float64]]]


def classes_payload(board: Board, classes: Classes) -> dict[str, Any]:
    """What the scripts read of :class:`~downbench_leaderboard.boards.standing.Classes`."""
    nothing = (None, None, None)
    behind = [classes.behind.get(i, [nothing] * len(board.rows)) for i in classes.letters]
    return {
        "columns": list(classes.letters),
        "any": classes.any,
        "letters": ["|".join(letters) for letters in classes.letters.values()],
        "leaders": [classes.leaders.get(i) for i in classes.letters],
        "best": [classes.best.get(i, -1) for i in classes.letters],
        "behind": pack_floats(np.array(behind, float)),
        "draws": _all_draws(board, classes),
    }


def _all_draws(board: Board, classes: Classes) -> dict[str, Any]:
    """Resampled values by ``region|season``, as far as they are kept and fit onto a page."""
    standings = classes.standings
    whole = _draws(board, classes, standings.drawn, standings.blocks, _MOST)
    if whole is None:
        return {}
    share = _MOST // max(1, len(standings.parts))
    parts = {
        "|".join(part): _draws(board, classes, drawn, blocks, share)
        for part, (blocks, drawn) in sorted(standings.parts.items())
    }
    return {"all|all": whole} | {key: draws for key, draws in parts.items() if draws is not None}


def _draws(board: Board, classes: Classes, drawn: _Drawn, blocks: int, most: int) -> dict[str, Any] | None:
    """Each row's resampled values less the common weather, as whole numbers of their largest deviation.

    Those are of 16 bits where a page has room for them, else of 8, which is enough for a spread but shifts
    percentiles of peaked distributions a little. Centres are what the mean over resamples adds to that:
    bias correction needs it.
    """
    columns = [i for i in classes.best if (board.columns[i].metric, board.columns[i].component) in drawn]
    rows, resamples = len(board.rows), most // max(1, len(board.rows) * len(columns))
    if not columns or resamples < _FEWEST:
        return None
    scales, centres, values = [], [], []
    for i in columns:
        own = drawn[board.columns[i].metric, board.columns[i].component]
        resamples = min(resamples, len(next(iter(own.values()))))
        samples = np.full((rows, resamples), np.nan)
        for row, sample in own.items():
            samples[row] = sample[:resamples]
        complete = np.isfinite(samples).all(axis=1)
        left = samples - (samples[complete].mean(axis=0) if complete.any() else 0.0)
        centre = left.mean(axis=1, keepdims=True)
        left -= centre
        scale = np.where(complete, np.abs(np.where(complete[:, None], left, 0)).max(axis=1), np.nan)
        values.append(np.nan_to_num(left / np.where(scale > 0, scale, 1)[:, None]))
        scales.append(scale)
        centres.append(centre[:, 0])
    wide = 2 * len(columns) * rows * resamples <= most
    largest = 32767 if wide else 127
    return {
        "columns": columns,
        "bits": 16 if wide else 8,
        "resamples": resamples,
        "reaches": _reaches(Standings(blocks=blocks, block=classes.standings.block), rows),
        "scales": pack_floats(np.array(scales) / largest),
        "centres": pack_floats(np.array(centres)),
        "values": pack_whole(largest * np.array(values), 2 if wide else 1),
    }


def _reaches(standings: Standings, rows: int) -> list[float]:
    """Half widths of intervals adjusted for 1, 2, ... comparisons, up to a row against all others."""
    return [float(f"{standings.reach(n):.5g}") for n in range(1, max(2, rows))]


@dataclass(frozen=True)
class Tally:
    """Of how many others a row can be told, adjusted for the number of comparisons (Holm).

    Args:
        better: rows that it is better than.
        worse: rows that it is worse than.
        equal: rows that it cannot be told apart from.
    """

    better: int
    worse: int
    equal: Sequence[int]

    @property
    def others(self) -> int:
        """Rows that it was held against."""
        return self.better + self.worse + len(self.equal)


def tally_of(board: Board, classes: Classes, row: int) -> Tally | None:
    """How a row stands against all others in the column that orders the board; None without intervals.

    Others are what methods are today, as in ranks, which leave out what a method was once.
    """
    column = board.first
    if column is None:
        return None
    own = board.whole.values[:, board.columns.index(column)]
    sizes = {
        i: abs(v) if column.direction == "zero" else v
        for i, v in enumerate(own.tolist())
        if v == v and (i == row or i not in board.former)
    }
    apart = classes.standings.told_apart((column.metric, column.component), row, sizes)
    if not apart:
        return None
    merits = {i: merit(size, column.direction) for i, size in sizes.items()}
    ahead = {other: merits[row] - merits[other] for other in apart}
    return Tally(
        better=sum(apart[other] and ahead[other] < 0 for other in apart),
        worse=sum(apart[other] and ahead[other] > 0 for other in apart),
        equal=[other for other in apart if not apart[other] or ahead[other] == 0],
    )
