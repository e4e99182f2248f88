"""``bench data list``: datasets, and which of them are here."""

from __future__ import annotations

import shutil
import textwrap
from typing import Any

from downbench_datasets.commands.options import Json

EXAMPLES = ("bench data list",)


def list_datasets(json: Json = False) -> list[dict[str, Any]]:
    """List all datasets: what they are, their licence, and whether they are ready to run."""
    from downbench_datasets.cards.listing import list_all

    rows = list_all()
    if not json:
        width = max(len(row["name"]) for row in rows)
        left = max(shutil.get_terminal_size().columns - width - 17, 20)
        for row in rows:
            title = textwrap.shorten(row["title"], left, placeholder=" ...")
            print(f"{row['name']:{width}}  {row['state']:13}  {title}")
    return rows
