"""Pieces of Markdown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

Makers = dict[str, Callable[[], str]]  # path of a page on the site, to what makes its text on demand


def text(value: str) -> str:
    """Plain text that Markdown reads as it is; `code` stays code."""
    parts = re.split(r"(`[^`]*`)", value)
    return "".join(part if part.startswith("`") else re.sub(r"([<*_\[\]])", r"\\\1", part) for part in parts)


def cell(value: str) -> str:
    """Text in one cell of a table."""
    return " ".join(text(value).split()).replace("|", "\\|")


def code(value: Any) -> str:
    """A value as code in a cell, nothing for what is empty."""
    shown = as_written(value)
    return f"`{shown}`".replace("|", "\\|") if shown else ""


def as_written(value: Any) -> str:
    """A value as a user would write it."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "none"}[value]
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={as_written(one)}" for key, one in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(as_written, value))
    return str(value)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table whose cells are Markdown already; nothing if it has no rows."""
    lines = [f"| {' | '.join(row)} |" for row in rows]
    if not lines:
        return ""
    return "\n".join([f"| {' | '.join(head)} |", "|" + "---|" * len(head), *lines])


def fence(content: str, language: str = "") -> str:
    """A block of code."""
    return f"```{language}\n{content.rstrip()}\n```"


def page(*parts: str) -> str:
    """Parts of a page, an empty line between them; empty ones are left out."""
    return "\n\n".join(part for part in parts if part) + "\n"
