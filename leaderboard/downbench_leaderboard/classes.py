"""Badges of a table: which methods cannot be told apart, and by how much they differ from the best."""

from __future__ import annotations

from downbench import Standing, UserError, find_standings
from downbench_leaderboard.columns import Column
from downbench_leaderboard.tables import Table

Badge = tuple[str, str]  # letter of the class, and a sentence


def table_badges(table: Table) -> dict[str, list[Badge | None]]:
    """Column id to one badge a row, for headline columns over the whole domain and time.

    A class where the statistics are there and allow intervals; a mark where a score without a fair form is of
    another number of members than the table's ensembles.
    """
    classes, marks = _class_badges(table), _unequal_members(table)
    nothing: list[Badge | None] = [None] * len(table.entries)
    return {
        column.id: [
            own or mark
            for own, mark in zip(classes.get(column.id, nothing), marks.get(column.id, nothing), strict=True)
        ]
        for column in table.columns
        if column.id in classes or column.id in marks
    }


def _unequal_members(table: Table) -> dict[str, list[Badge | None]]:
    marks: dict[str, list[Badge | None]] = {}
    for column in table.columns:
        if column.headline and not column.card.fair and table.members is not None:
            own = [_mark(table, row) for row in range(len(table.entries))]
            if any(own):
                marks[column.id] = own
    return marks


def _mark(table: Table, row: int) -> Badge | None:
    run = table.entries[row].run
    members = run.members if run.method.probabilistic else 1
    if members == table.members:
        return None
    count = f"{members} member{'s' if members != 1 else ''} beside {table.members}"
    return "\u2260", (
        f"{count}: this score has no fair form in the number of members, so this row is not compared"
    )


def _class_badges(table: Table) -> dict[str, list[Badge | None]]:
    """Classes by column id; empty where the statistics allow no intervals or are not there."""
    directories = [entry.directory for entry in table.entries]
    places = [directory for directory in directories if directory is not None]
    if len(places) < len(directories):
        return {}
    try:
        standings = find_standings(places)
    except UserError:  # a table is made by what runs say of themselves, classes by their statistics
        return {}
    badges = {}
    for column in table.columns:
        found = standings.get((column.metric, column.component))
        if column.headline and found:
            badges[column.id] = [
                _badge(table, column, row, found) if row in found and _has(table, column, row) else None
                for row in range(len(table.entries))
            ]
    return badges


def _has(table: Table, column: Column, row: int) -> bool:
    """Whether this row's score stands in this very column: two makers may give metrics one name."""
    card = table.entries[row].run.metrics.get(column.metric)
    return card is not None and card.distribution == column.card.distribution


def _badge(table: Table, column: Column, row: int, places: dict[int, Standing]) -> Badge:
    place = places[row]
    letter = chr(ord("A") + place.rank) if place.rank < 26 else str(place.rank + 1)
    names = [entry.run.method.name for entry in table.entries]
    best = next(number for number, other in places.items() if other.behind is None)
    if row == place.leader:
        text = f"class {letter}, which it leads"
    else:
        text = f"class {letter}: cannot be told apart from {names[place.leader]}, which leads it"
    if place.behind is not None and place.behind.value is not None:
        text += f"\npaired difference to {names[best]}: {place.behind.value:+.3g}"
        if place.behind.low is not None:
            text += f" [{place.behind.low:+.3g}, {place.behind.high:+.3g}] {column.unit}, 95 %"
    return letter, text
