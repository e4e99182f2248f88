"""The page of a method: what it is, how to repeat it, and its scores with the controls beside them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from downbench import REPLACED, repeat_command
from downbench_leaderboard.boards.boards import FORMER, Board
from downbench_leaderboard.boards.columns import Column
from downbench_leaderboard.boards.costs import COSTS, mean_cost
from downbench_leaderboard.boards.curves import curves_payload
from downbench_leaderboard.boards.finding import tally_text
from downbench_leaderboard.boards.rounding import rounding
from downbench_leaderboard.boards.standing import Classes, best_rows
from downbench_leaderboard.pages.example import ranked
from downbench_leaderboard.pages.render import ARROWS, NOTHING, count, duration, render, shown, shown_alike
from downbench_leaderboard.records.addresses import method_page, metric_page
from downbench_leaderboard.records.entry import Entry
from downbench_leaderboard.records.former import key_of

_MOST_EACH = 100  # rows of a board where each is held against each other: the work is their square
_MOST_BESIDE = 8  # rows of a table: those of the method, and the controls


@dataclass(frozen=True)
class Part:
    """What the page of a method says of one board.

    Args:
        facts: all of it but the curves; plain data.
        rows: keys of the runs whose curves it draws, by row.
        curves: works the curves out, which takes longer than all else.
        repeat: works out the command that makes its first run again, which loads the method.
    """

    facts: dict[str, Any]
    rows: list[list[str]]
    curves: Callable[[], dict[str, Any]]
    repeat: Callable[[], str]


@dataclass(frozen=True)
class MethodPage:
    """The page of one method, before it is written.

    Args:
        entries: its runs, all of one maker.
        parts: one for each board that it stands on.
        weights: names of fitted weights of it that are installed.
    """

    entries: list[Entry]
    parts: list[Part]
    weights: list[str]

    @property
    def key(self) -> str:
        """Of all that the page is made of: a former page of the same key is what it would be."""
        parts = [[part.facts, part.rows] for part in self.parts]
        return key_of("method", [entry.key for entry in self.entries], parts, self.weights)

    def html(self) -> str:
        """The page."""
        newest = max(self.entries, key=_of_today)
        shown_at = next((entry for entry in self.entries if entry.moment is not None), None)
        cost = mean_cost([newest.run])
        runs = sorted(self.entries, key=lambda e: (e.run.dataset.shown, e.run.seed or 0, e.place))
        return render(
            "method.html",
            ("core.js", "charts.js", "method.js"),
            root="../",
            title=newest.run.method.title or newest.run.method.name,
            run=newest.run,
            newest=newest,
            entries=[entry for entry in runs if not FORMER.intersection(entry.marks)],
            former=[entry for entry in runs if FORMER.intersection(entry.marks)],
            weights="\n".join(f"bench apply {name} coarse.nc" for name in self.weights),
            moment=shown_at.moment if shown_at else None,
            moment_page=shown_at.page if shown_at else "",
            costs={
                text: duration(cost[key]) if key in ("fit", "sample") else count(cost[key])
                for key, (_, text) in COSTS.items()
            },
            parts=[{**part.facts, "curves": part.curves(), "repeat": part.repeat()} for part in self.parts],
        )


def _of_today(entry: Entry) -> tuple[bool, bool, str]:
    """Orders the runs of a method: the last has what it is today, as far as any has."""
    return (entry.finished, not {*FORMER, REPLACED}.intersection(entry.marks), entry.run.created)


def page_of_method(
    entries: Sequence[Entry],
    boards: Sequence[tuple[Board, Classes]],
    colours: Mapping[tuple[str, str], str],
    weights: Sequence[str] = (),
) -> MethodPage:
    """The page of one method.

    Args:
        entries: its runs, all of one maker.
        boards: those that it stands on.
        colours: of methods.
        weights: names of all fitted weights that are installed, ``METHOD@DATA``.
    """
    maker, several = entries[0].maker, len(boards) > 1
    parts = [_part(maker, board, classes, colours, several) for board, classes in boards]
    return MethodPage(list(entries), parts, [one for one in weights if one.partition("@")[0] == maker[1]])


def _part(
    maker: tuple[str, str],
    board: Board,
    classes: Classes,
    colours: Mapping[tuple[str, str], str],
    several: bool,
) -> Part:
    own = sorted(board.by_maker[maker], key=board.former.__contains__)
    beside = [*own, *(i for i in board.controls if i not in own)][:_MOST_BESIDE]
    names = [board.rows[i].name for i in beside]
    heads = [
        name if names.count(name) == 1 else board.rows[i].label for i, name in zip(beside, names, strict=True)
    ]
    facts = {
        "board": _about(board),
        "glance": _glance(board, classes, own[0]) if several else {},
        "ids": [board.rows[i].id for i in own[:4]],
        "heads": [
            (
                head,
                method_page(*board.rows[i].maker),
                i in own,
                colours[board.rows[i].maker],
                [mark for mark in board.rows[i].marks if i in board.former and mark in FORMER],
            )
            for i, head in zip(beside, heads, strict=True)
        ],
        "lines": [
            _line(board, classes, column, n, beside)
            for n, column in enumerate(board.columns)
            if column.headline and np.isfinite(board.whole.values[beside, n]).any()
        ],
        "tallies": _tallies(board, classes, own),
        "classed": classes.any,
        "family": _family(board, maker),
    }
    rows = [[entry.key for entry in board.rows[i].entries] for i in beside]
    curves = partial(_curves, board, own, beside, heads, colours)
    return Part(facts, rows, curves, partial(repeat_command, board.rows[own[0]].run))


def _about(board: Board) -> dict[str, Any]:
    """What the page says of a board itself, under the names that pages of boards use."""
    run = board.run
    return {
        "title": board.title,
        "label": board.label,
        "about": board.about,
        "page": board.page,
        "first": {"title": board.first.title} if board.first else None,
        "run": {
            "limit": run.limit,
            "dataset": {"standin": run.dataset.standin, "notes": list(run.dataset.notes)},
        },
    }


def _glance(board: Board, classes: Classes, row: int) -> dict[str, str]:
    """Where a row stands in the column that orders the board, among what methods are today."""
    if board.first is None:
        return {"title": NOTHING, "value": NOTHING, "rank": NOTHING, "class": ""}
    number = board.columns.index(board.first)
    value = float(board.whole.values[row, number])
    unit = f" {board.first.printed_unit}".rstrip()
    beside = ranked(board, board.first)
    letter = classes.letters.get(number, [""] * len(board.rows))[row]
    nothing = math.isnan(value)
    return {
        "title": f"{board.first.title} {ARROWS[board.first.direction]}",
        "value": shown(value) + ("" if nothing else unit),
        "rank": NOTHING if nothing else f"{beside.index(row) + 1} of {len(beside)}",
        "class": "" if nothing else letter,
    }


def _tallies(board: Board, classes: Classes, own: list[int]) -> list[str]:
    """Rows of a method against all others; on a large board it is for the front page alone to say that."""
    if len(board.rows) > _MOST_EACH:
        return []
    return [text for i in own[:4] if i not in board.former and (text := tally_text(board, classes, i))]


def _line(board: Board, classes: Classes, column: Column, number_: int, beside: list[int]) -> tuple[Any, ...]:
    letters = classes.letters.get(number_, [""] * len(board.rows))
    values, noise = board.whole.values[beside, number_], rounding(board, number_)
    texts = shown_alike(0.0 if abs(v) <= noise else float(v) for v in values)
    best = best_rows(board, classes, number_)
    cells = [(text, letters[row], row in best) for row, text in zip(beside, texts, strict=True)]
    page = metric_page(column.card.distribution, column.metric)
    return column.title, page, column.printed_unit, ARROWS[column.direction], cells


def _family(board: Board, maker: tuple[str, str]) -> list[tuple[str, str, str, str]]:
    """A method and those whose names go on from its own: its ablations, with what differs in each."""
    base = board.family_of(maker)
    numbers = [i for i in board.families[base] if i not in board.former]
    rows = [board.rows[i] for i in numbers]
    first = next(row for row in rows if row.maker == base)
    column = board.columns.index(board.first) if board.first else None
    family = []
    for number, row in zip(numbers, rows, strict=True):
        value = "" if column is None else shown(float(board.whole.values[number, column]))
        differing = [
            f"{key}={own}"
            for key, own in row.run.method.configuration.items()
            if first.run.method.configuration.get(key) != own
        ]
        family.append((row.label, method_page(*row.maker), value, ", ".join(differing[:6])))
    return family


def _curves(
    board: Board,
    own: list[int],
    beside: list[int],
    heads: list[str],
    colours: Mapping[tuple[str, str], str],
) -> dict[str, Any]:
    rows = [board.rows[i] for i in beside]
    charts = curves_payload(rows)
    for chart in charts.values():
        chart["own"] = [
            [
                heads[at],
                label,
                "chosen" if beside[at] in own else "control",
                colours[rows[at].maker],
                x,
                y,
            ]
            for at, label, x, y in chart["own"]
        ]
    return charts
