"""Tables of text that fit the terminal: 80 columns are enough for each."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Mapping, Sequence

from downbench.cli.wrapping import wrapped

MOST_LINES = 90  # of a table that is shown whole
GAP = "  "
LEAST_NAME = 32  # columns that a name has at least before it goes on in a line of its own


def terminal_width() -> int:
    """Columns of the terminal; 80 where there is none, as in a pipe."""
    return shutil.get_terminal_size().columns


def cut(text: str, width: int) -> str:
    """Shorten a text to ``width`` characters, with three dots at the end where it was cut."""
    return text if len(text) <= width else text[: max(width - 3, 0)].rstrip() + "..."


def number(value: float | None, digits: int = 3) -> str:
    """A number for a table; a dash for none."""
    return "-" if value is None else f"{value:.{digits}g}"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], width: int | None = None) -> list[str]:
    """Lines of a table: the first column to the left, the others to the right.

    A head is broken at its spaces and hyphens where it is wider than the numbers below it. A name in the
    first column goes on in lines of its own where the table would be too wide; no word of it is broken, so
    that each can be copied.

    Args:
        heads: of the columns.
        rows: their cells.
        width: columns of the terminal; None is as many as there need be.
    """
    body = [max((len(row[i]) for row in rows), default=0) for i in range(len(heads))]
    broken = [_break(head, own) for head, own in zip(heads, body, strict=True)]
    widths = [max(own, *map(len, lines)) for own, lines in zip(body, broken, strict=True)]
    height = max(len(lines) for lines in broken)
    above = [[""] * (height - len(lines)) + lines for lines in broken]
    if width is not None and (room := width - sum(widths[1:]) - len(GAP) * (len(heads) - 1)) < widths[0]:
        rows = [line for row in rows for line in _folded(row, max(room, LEAST_NAME))]
        widths[0] = max(len(cells[0]) for cells in (*zip(*above, strict=True), *rows))
    grid = [*zip(*above, strict=True), *rows]
    return [_line(cells, widths) for cells in grid]


def _folded(row: Sequence[str], width: int) -> list[Sequence[str]]:
    """A row whose name goes on below its numbers, further in."""
    name = row[0].lstrip(" >")
    mark = row[0].removesuffix(name)
    first, *more = wrapped(name, width, mark, " " * (len(mark) + 2)) or [row[0]]
    return [[first, *row[1:]], *([line, *[""] * (len(row) - 1)] for line in more)]


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first = cells[0].ljust(widths[0])
    rest = [cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True)]
    return GAP.join([first, *rest]).rstrip()


def _break(head: str, width: int) -> list[str]:
    lines = textwrap.wrap(head, max(width, 8), break_long_words=False)
    return lines or [""]


def score_table(
    methods: Sequence[str], scores: Mapping[str, Sequence[float | None]], width: int
) -> list[str]:
    """Lines of a table of scores.

    One line a metric where the methods fit beside each other. Otherwise one line a method, a few metrics at
    a time; where that makes too many lines, only the first metrics, and a word on how to see the others.

    Args:
        methods: names, one a column of ``scores``.
        scores: title of a metric to its values, one a method.
        width: columns of the terminal.
    """
    upright = [[title, *map(number, values)] for title, values in scores.items()]
    whole = table(["", *methods], upright)
    if max(map(len, whole)) <= width:
        return whole
    blocks = _turned(methods, scores, width)
    if sum(map(len, blocks)) + len(blocks) <= MOST_LINES:
        return [line for block in blocks for line in [*block, ""]][:-1]
    return [
        *blocks[0],
        "",
        f"The first of {len(scores)} metrics are shown. `bench leaderboard` and --json show all of them.",
    ]


def _turned(
    methods: Sequence[str], scores: Mapping[str, Sequence[float | None]], width: int
) -> list[list[str]]:
    """Tables of one line a method, each of as many metrics as fit."""
    blocks: list[list[str]] = []
    taken: list[str] = []
    for title in scores:
        wider = _block(methods, scores, [*taken, title], width)
        if taken and max(map(len, wider)) > width:
            blocks.append(_block(methods, scores, taken, width))
            taken = []
        taken.append(title)
    return [*blocks, _block(methods, scores, taken, width)] if taken else blocks


def _block(
    methods: Sequence[str], scores: Mapping[str, Sequence[float | None]], titles: Sequence[str], width: int
) -> list[str]:
    rows = [
        [method, *(number(scores[title][index]) for title in titles)] for index, method in enumerate(methods)
    ]
    return table(["", *titles], rows, width)
