"""Text in lines of a terminal's width, in which names, paths and commands stay whole."""

from __future__ import annotations

import textwrap


def wrapped(text: str, width: int, first: str = "", others: str = "") -> list[str]:
    """Lines of whole words: what holds a hyphen or is longer than a line is not broken, to be copied.

    Args:
        text: a paragraph.
        width: columns.
        first: what the first line begins with.
        others: what the others begin with.
    """
    return textwrap.wrap(
        text,
        width,
        initial_indent=first,
        subsequent_indent=others,
        break_long_words=False,
        break_on_hyphens=False,
    )
