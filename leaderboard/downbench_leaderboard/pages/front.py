"""The page of a board; the first one is the front page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from downbench import registered
from downbench_leaderboard.boards.boards import Board
from downbench_leaderboard.boards.columns import Column
from downbench_leaderboard.boards.finding import find_answers
from downbench_leaderboard.boards.payload import board_payload
from downbench_leaderboard.boards.standing import Classes
from downbench_leaderboard.pages.example import example_words
from downbench_leaderboard.pages.render import render
from downbench_leaderboard.pages.words import (
    add_command,
    bibtex,
    direction_words,
    fitting_words,
    relation_text,
)
from downbench_leaderboard.records.addresses import dataset_page, metric_page
from downbench_leaderboard.records.entry import REFERENCE_MARK, Entry
from downbench_leaderboard.records.reading import Hidden

_SCRIPTS = (
    *("core.js", "charts.js", "board.js", "rows.js", "scorecard.js", "table.js", "pictures.js", "compare.js"),
    *("print.js", "main.js"),
)
_VIEWS = (
    ("scorecard", "Scorecard"),
    ("table", "Table"),
    ("compare", "Compare two"),
    ("curves", "Curves"),
    ("maps", "Maps"),
)


def board_page(
    board: Board,
    classes: Classes,
    boards: Sequence[Board],
    colours: Mapping[tuple[str, str], str],
    *,
    failed: Sequence[Entry] = (),
    hidden: Sequence[Hidden] = (),
    sections: Sequence[Mapping[str, str]] = (),
) -> str:
    """One dataset at a time: what was found, the scorecard, and all other views of the same numbers.

    Args:
        board: which one.
        classes: of its rows.
        boards: all of the site, for the tabs.
        colours: of methods.
        failed: all failed runs of the site.
        hidden: all damaged ones.
        sections: of plug-ins.
    """
    answers = find_answers(board, classes)
    return render(
        "board.html",
        _SCRIPTS,
        root="",
        title=f"{board.title}: precipitation downscaling leaderboard",
        board=board,
        heading=f"On {board.title}, {answers[0].text}" if answers else f"Scores on {board.title}",
        first=_first(board),
        answers=answers[1:],
        tabs=_tabs(board, boards),
        siblings=[other for other in boards if other.label == board.label],
        views=_VIEWS,
        payload=board_payload(board, classes, colours),
        failed_here=[
            {"name": e.run.method.name, "page": e.page, "reason": e.run.reason or "no reason was given"}
            for e in board.failed
        ],
        meanings=_meanings(board),
        references=sum(REFERENCE_MARK in row.marks for row in board.rows),
        relation=relation_text(board.dataset),
        fitting=fitting_words(board),
        dataset_page=dataset_page(board.label, board.dataset.fingerprint),
        add_command=add_command(board),
        bibtex=bibtex(board),
        failed=failed,
        hidden=hidden,
        sections=sections,
    )


def _meanings(board: Board) -> list[dict[str, str]]:
    """What each headline column says."""
    infos = registered("metric")
    return [_meaning(column, infos) for column in board.columns if column.headline]


def _meaning(column: Column, infos: Mapping[tuple[str, str], Any]) -> dict[str, str]:
    """What a column says, in plain words where its metric has them."""
    card = column.card
    info = infos.get((card.distribution, column.metric))
    words = (info.plain if info else "") or card.title or card.definition
    page = metric_page(card.distribution, column.metric)
    return {"title": column.title, "page": page, "words": words}


def _first(board: Board) -> dict[str, str] | None:
    """The column that orders the board in plain words: the heading names it, and not all know it."""
    if board.first is None:
        return None
    meaning = _meaning(board.first, registered("metric"))
    example = example_words(board, board.first)
    reading = direction_words(board.first.direction, board.first.top, board.first.printed_unit)
    said = f"{reading} Here {example}." if example else reading
    return {**meaning, "title": board.first.card.title or board.first.title, "said": said}


def _tabs(board: Board, boards: Sequence[Board]) -> list[tuple[str, str, str, bool, bool]]:
    """Label, name, page, whether it is here, and whether it is a stand-in, in the order of the boards."""
    first: dict[str, Board] = {}
    for other in boards:
        first.setdefault(other.label, other)
    return [
        (label, other.title, other.page, label == board.label, other.dataset.standin)
        for label, other in first.items()
    ]


def empty_page(
    failed: Sequence[Entry], hidden: Sequence[Hidden], sections: Sequence[Mapping[str, str]]
) -> str:
    """The front page of a site without a finished run."""
    about: dict[str, Any] = {"failed": failed, "hidden": hidden, "sections": sections}
    return render(
        "empty.html", ("plain.js",), root="", title="Precipitation downscaling leaderboard", **about
    )
