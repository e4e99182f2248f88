"""Messages about the data of a card in the card's own keys, in place of options of the command line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from downbench import UserError

_OPTION = re.compile(
    r"--set (?:'files\.([a-z_]+)=([^']*)'|files\.([a-z_]+)(?:=(\[[^\]]*\]|[^\s;,)]*[^\s;,).:]))?)"
)


def in_card_words(text: str) -> str:
    """A text that names ``--set files.units=mm`` with the card's ``settings: {units: mm}`` in its place."""
    return _OPTION.sub(_key, text)


def _key(match: re.Match[str]) -> str:
    name, value = match[1] or match[3], match[2] or match[4]
    return f"settings: {{{name}: {value}}}" if value else f"settings: {{{name}: ...}}"


@contextmanager
def words_of_card(path: Path) -> Iterator[None]:
    """Reword messages that are raised inside, and say which card is meant.

    Args:
        path: of the card.

    Raises:
        UserError: as inside, in the card's words.
    """
    try:
        yield
    except UserError as error:
        hint = in_card_words(error.hint)
        if hint == error.hint:
            raise
        raise UserError(error.message, f"{hint} (in the card {path})") from error
