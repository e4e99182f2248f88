"""The page of a metric: what it says in plain words, how to read it, and who is best in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from downbench import MetricInfo
from downbench_leaderboard.boards.boards import Board
from downbench_leaderboard.boards.columns import Column
from downbench_leaderboard.boards.standing import Classes
from downbench_leaderboard.pages.example import example_words, ranked
from downbench_leaderboard.pages.formula import as_mathml
from downbench_leaderboard.pages.render import render, shown_alike
from downbench_leaderboard.pages.words import direction_words
from downbench_leaderboard.records.addresses import method_page

_LEADERS = 5


def write_metric(columns: Sequence[tuple[Board, Classes, Column]], info: MetricInfo | None) -> str:
    """The page of one metric.

    Args:
        columns: its headline on each board that has it, with the classes of that; at least one.
        info: what is registered here of it, if it is.
    """
    first, _, column = columns[0]
    card = column.card
    facts: dict[str, Any] = {
        "unit": column.printed_unit or "1",
        "range": " to ".join("any" if bound is None else f"{bound:g}" for bound in card.range),
        "tags": card.tags,
        "brought by": card.distribution,
        "number of members": "its expectation does not depend on it"
        if card.fair
        else "its expectation depends on it, so only equal numbers are compared (≠ marks the others)",
    }
    if not any(bound is not None for bound in card.range):
        del facts["range"]
    return render(
        "metric.html",
        ("plain.js",),
        root="../",
        title=card.title or column.metric,
        name=column.metric,
        card=card,
        plain=info.plain if info else "",
        pitfall=info.pitfall if info else "",
        formula=as_mathml(info.formula) if info and info.formula else "",
        reading=direction_words(column.direction, column.top, column.printed_unit),
        example=_example(first, column),
        facts=facts,
        boards=[(board, own, _leaders(board, classes, own)) for board, classes, own in columns],
        classed=any(classes.any for _, classes, _ in columns),
    )


def _example(board: Board, column: Column) -> str:
    words = example_words(board, column)
    return f"For instance, on {board.title} {words}." if words else ""


def _leaders(board: Board, classes: Classes, column: Column) -> list[tuple[str, str, str, str]]:
    """Name, page, value and class of the best rows of what methods are today."""
    number = board.columns.index(column)
    own, letters = board.whole.values[:, number], classes.letters.get(number, [""] * len(board.rows))
    best = ranked(board, column)[:_LEADERS]
    texts = shown_alike(float(own[i]) for i in best)
    return [
        (board.names[i], method_page(*board.rows[i].maker), text, letters[i])
        for i, text in zip(best, texts, strict=True)
    ]
