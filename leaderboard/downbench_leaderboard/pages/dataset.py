"""The page of a dataset: what it is, where to get it, and how its coarse and fine rain are related."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from downbench import DatasetInfo
from downbench_leaderboard.boards.boards import Board
from downbench_leaderboard.boards.curves import curves_payload
from downbench_leaderboard.boards.payload import moment_payload
from downbench_leaderboard.pages.map import draw_map, draw_times
from downbench_leaderboard.pages.render import render
from downbench_leaderboard.pages.words import (
    RELATION_KEYS,
    beyond_words,
    facts_of,
    file_words,
    get_command,
    get_words,
    relation_text,
)
from downbench_leaderboard.records.addresses import metric_page
from downbench_leaderboard.records.schema import Run


def write_dataset(boards: Sequence[Board], info: DatasetInfo | None, card: DatasetInfo | None = None) -> str:
    """The page of all boards under one label.

    Args:
        boards: at least one.
        info: what is registered here of the dataset, if it is.
        card: one that makes the same record as the file that was read, if there is one.
    """
    run, curves = boards[0].run, _truth(boards)
    return render(
        "dataset.html",
        ("core.js", "charts.js", "dataset.js"),
        root="../",
        title=run.dataset.shown,
        run=run,
        info=info,
        card=card,
        boards=boards,
        relation=relation_text(run.dataset),
        relation_keys=RELATION_KEYS,
        get=get_command(run, info, card),
        get_words=get_words(run, info, card),
        facts=facts_of(run),
        map=draw_map(run.dataset.outlines, run.dataset.other_outlines),
        times=draw_times(run.dataset.splits),
        moment=next((m for board in boards if (m := moment_payload(board))), None),
        share=_share_with_values(boards, run),
        curves=curves,
        beyond=beyond_words(curves),
        file_words=file_words(run),
    )


def _share_with_values(boards: Sequence[Board], run: Run) -> str:
    """How much of a single tile has values, in words; empty where all of it has, or nothing says it."""
    moments = (row.entries[0].moment for board in boards for row in board.rows)
    moment = next((one for one in moments if one is not None), None)
    if moment is None or len(run.dataset.outlines) != 1 or moment.share > 0.995:
        return ""
    return f"{100 * moment.share:.0f} % of its fine cells have a value, at {moment.time}"


def _truth(boards: Sequence[Board]) -> dict[str, Any]:
    """Curves of the truth alone, of the board with the most frames."""
    board = max(boards, key=lambda one: one.run.frames.n or 0)
    pages = {c.metric: metric_page(c.card.distribution, c.metric) for c in board.columns}
    charts = {}
    for name, chart in curves_payload(board.rows).items():
        own = {label: y for label, y in chart["shared"].items() if label.split(",")[0] == "truth"}
        if own and any(y != chart["x"] for y in own.values()):  # the truth against itself says nothing
            charts[name] = {**chart, "shared": own, "own": [], "page": pages.get(name, "")}
    return charts
