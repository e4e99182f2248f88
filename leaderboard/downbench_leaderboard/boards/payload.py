"""What the scripts of a board's page read: rows, columns and numbers, packed small."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from downbench_leaderboard.boards.boards import Board
from downbench_leaderboard.boards.columns import Column
from downbench_leaderboard.boards.costs import COSTS, mean_cost, members_of
from downbench_leaderboard.boards.curves import curves_payload
from downbench_leaderboard.boards.draws import classes_payload
from downbench_leaderboard.boards.finding import reference_row
from downbench_leaderboard.boards.groups import GROUPS
from downbench_leaderboard.boards.packing import pack_cells, pack_floats, pack_whole
from downbench_leaderboard.boards.rounding import rounding
from downbench_leaderboard.boards.rows import Row
from downbench_leaderboard.boards.standing import Classes
from downbench_leaderboard.records.addresses import method_page, metric_page
from downbench_leaderboard.records.schema import Run
from downbench_leaderboard.records.scores import LOW


def board_payload(board: Board, classes: Classes, colours: Mapping[tuple[str, str], str]) -> dict[str, Any]:
    """All that a board's page shows.

    Args:
        board: which one.
        classes: of its rows.
        colours: maker of a method to the class of its colour.

    Returns:
        ``grids["region|season"]`` holds rows times columns of packed numbers, a missing one with the index of
        its reason, from 1; see :mod:`~downbench_leaderboard.boards.packing`.
    """
    reasons: dict[str, int] = {}
    grids = {
        "|".join(key): pack_cells(grid.values, grid.reasons, reasons)
        for key, grid in board.values.grids.items()
    }
    shown = {column.group for column in board.columns}
    return {
        "id": board.id,
        "label": board.label,
        "about": board.about,
        "standin": board.dataset.standin,
        "rows": [
            _row(row, colours[row.maker]) | {"aside": number in board.aside, "former": number in board.former}
            for number, row in enumerate(board.rows)
        ],
        "columns": [
            _column(column, rounding(board, number)) | {"chance": _may_cancel(board, column)}
            for number, column in enumerate(board.columns)
        ],
        "groups": [[key, title] for key, title in GROUPS.items() if key in shown],
        "regions": board.choices(0),
        "seasons": board.choices(1),
        "first": board.columns.index(board.first) if board.first else -1,
        "grids": grids,
        "reasons": list(reasons),
        "spread": pack_floats(board.values.spread),
        "seeds": pack_floats(board.values.seeds),
        **_figures_of_parts(board),
        "noIntervals": no_intervals([entry.run for entry in board.entries]),
        "whyNone": _why_no_intervals(board),
        "classes": classes_payload(board, classes),
        "curves": curves_payload(board.rows),
        "costs": [[key, *texts] for key, texts in COSTS.items()],
        "moment": moment_payload(board),
        "reference": -1 if (row := reference_row(board)) is None else row,
    }


def _row(row: Row, colour: str) -> dict[str, Any]:
    run, method = row.run, row.run.method
    words = [row.label, method.title, method.distribution, row.detail, run.role, *method.tags, *row.marks]
    return {
        "id": row.id,
        "name": method.name,
        "title": method.title,
        "label": row.label,
        "detail": row.detail,
        "page": method_page(*row.maker),
        "colour": colour,
        "control": run.role == "control",
        "marks": list(row.marks),
        "runs": [[e.run.seed, e.page, e.record, e.run.created[:10]] for e in row.entries],
        "distribution": method.distribution,
        "version": method.version,
        "preset": method.preset,
        "members": members_of(run),
        "words": " ".join(words).lower(),
        "cost": mean_cost([entry.run for entry in row.entries]),
        "places": [entry.place for entry in row.entries],
    }


def _column(column: Column, zero: float) -> dict[str, Any]:
    card = column.card
    return {
        "id": column.id,
        "title": column.title,
        "brief": column.brief,
        "metric": column.metric,
        "long": card.title,
        "definition": card.definition,
        "unit": column.unit,
        "power": column.power,
        "direction": column.direction,
        "group": column.group,
        "headline": column.headline,
        "tags": card.tags,
        "top": column.top,
        "zero": zero,
        "page": metric_page(card.distribution, column.metric),
    }


def _may_cancel(board: Board, column: Column) -> bool:
    """Whether a value is a signed error or the size of one, which may be near zero by chance.

    Sizes are called so (``absolute``), or have a component of their name that is signed beside them.
    """
    signed = f"{column.component} signed".strip()
    return column.direction == "zero" or (
        column.direction == "lower"
        and (
            column.component == "absolute"
            or any(own.metric == column.metric and own.component == signed for own in board.columns)
        )
    )


def _figures_of_parts(board: Board) -> dict[str, Any]:
    """Intervals and counts by ``region|season``: most cells of a part share one pair of n and blocks.

    ``counts`` lists those pairs, and a part has the index of its pair by cell, -1 where n is not known.
    """
    pairs: dict[tuple[int, int | None], int] = {}
    parts, indices = {}, {}
    for key, grid in board.values.grids.items():
        if grid.more is None:
            continue
        low, high, n, blocks = np.moveaxis(grid.more, -1, 0)
        index = np.full(n.shape, -1)
        for at in zip(*np.nonzero(np.isfinite(n)), strict=True):
            pair = (int(n[at]), int(blocks[at]) if np.isfinite(blocks[at]) else None)
            index[at] = pairs.setdefault(pair, len(pairs))
        bounds = {"low": pack_floats(low), "high": pack_floats(high)} if np.isfinite(low).any() else {}
        parts["|".join(key)], indices["|".join(key)] = bounds, index
    size = 2 if len(pairs) < 1 << 15 else 4
    for name, index in indices.items():
        parts[name]["counts"] = pack_whole(index, size)
    return {"counts": list(pairs), "parts": parts}


def _why_no_intervals(board: Board) -> dict[str, str]:
    """Why a region or season has no intervals, by ``region|season``, in the words of the first run."""
    why: dict[str, str] = {}
    scores = [*board.run.scores]
    some = {(score.region, score.season) for score in scores if score.low is not None}
    for score in scores:
        if (score.region, score.season) not in some and score.value is not None and score.reason_interval:
            why.setdefault(f"{score.region}|{score.season}", score.reason_interval)
    return why


def no_intervals(runs: list[Run]) -> str:
    """A sentence where no score has an interval, with the reasons that the runs give."""
    if any(np.isfinite(run.scores.figures[:, LOW]).any() for run in runs):
        return ""
    reasons = dict.fromkeys(why for run in runs for why in run.scores.no_interval if why)
    why = f" ({'; '.join(list(reasons)[:3])})" if reasons else ""
    return f"There are no intervals{why}, so small differences may be chance."


def moment_payload(board: Board) -> dict[str, Any] | None:
    """One frame of the truth, and a member of each row that kept the same frame of the same weather."""
    kept = [(i, moment) for i, row in enumerate(board.rows) if (moment := row.entries[0].moment) is not None]
    if not kept:
        return None
    keys = [moment.key for _, moment in kept]
    most = max(dict.fromkeys(keys), key=keys.count)
    first = next(moment for _, moment in kept if moment.key == most)
    return {
        "time": first.time,
        "tile": first.tile,
        "coarse": first.coarse,
        "truth": first.truth,
        "heaviest": first.heaviest,
        "top": first.top,
        "members": {i: moment.member for i, moment in kept if moment.key == most and moment.member},
    }
