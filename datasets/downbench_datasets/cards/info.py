"""The few lines of a card that a listing needs, read without the rest."""

from __future__ import annotations

import re
from pathlib import Path

from downbench import NEEDS_FILES, DatasetInfo

MOST_BYTES = 200_000
NAME = re.compile(r"[a-z0-9][a-z0-9_.-]*")
_HEADS = re.compile(r"^(name|title|licence|citation|record): *(.+?) *$", re.MULTILINE)
_NO_DATA = re.compile(r"^data: *\{ *\} *$", re.MULTILINE)
_CLASS = "downbench_datasets.cards.dataset:dataset_of_card"


def name_of_card(path: Path) -> str:
    """Name of a card that does not say it: that of its file."""
    return re.sub(r"[^a-z0-9_.-]", "-", path.stem.lower()).lstrip("_.-") or "card"


def card_info(path: str | Path) -> DatasetInfo:
    """Describe the dataset of a card, for the hook ``downbench_datasets`` of a plug-in.

    Only name, title, licence, citation and record are read, from lines of their own, and whether it says
    where the data are, so that listing stays quick; the whole is read and checked on first use.

    Args:
        path: of the card.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")[:MOST_BYTES]
    except (OSError, UnicodeDecodeError):
        text = ""
    heads = {key: value.strip("'\"") for key, value in _HEADS.findall(text)}
    name = heads.get("name", "")
    return DatasetInfo(
        name=name if NAME.fullmatch(name) else name_of_card(path),
        target=_CLASS,
        title=heads.get("title", ""),
        tags=("card", NEEDS_FILES) if _NO_DATA.search(text) else ("card",),
        reference=heads.get("citation", ""),
        licence=heads.get("licence", ""),
        record=heads.get("record", ""),
        card=str(path),
    )


def cards_in(folder: Path) -> list[DatasetInfo]:
    """Describe all cards in a folder, in order of their names."""
    return [card_info(path) for path in sorted(folder.glob("*.yaml"))]
