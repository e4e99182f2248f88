"""``bench plugins``: whose code is loaded, and what it is pinned at."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from downbench.cli.options import Json
from downbench.cli.wrapping import wrapped
from downbench.plugins.registry import KINDS
from downbench.plugins.session import registry

EXAMPLES = ("bench plugins --lock downbench.lock", "bench plugins --json")


def plugins(
    lock: Annotated[
        Optional[Path],
        typer.Option(
            metavar="FILE", help="Write a lock file that pins the version and the files of each of them."
        ),
    ] = None,
    json: Json = False,
) -> list[dict[str, Any]]:
    """List plug-ins, and pin them in a lock file.

    Each stands with its distribution, version, the digest of its files, and what it provides. With --locked
    [FILE], any command refuses to start unless the plug-ins are those that the lock file pins.
    """
    from downbench.plugins.inventory import inventory
    from downbench.plugins.lock import write_lock

    items = inventory() if lock is None else write_lock(lock)
    provided = _provided()
    rows = [{**vars(item), "provides": provided.get(item.package, {})} for item in items]
    if not json:
        _print(rows, lock)
    return rows


def _provided() -> dict[str, dict[str, list[str]]]:
    """Package to kind to names."""
    provided: dict[str, dict[str, list[str]]] = {}
    entries = [(kind, entry) for kind in KINDS for entry in registry().entries(kind)]
    entries += [("command", entry) for entry in registry().commands()]
    for kind, entry in entries:
        package = entry.info.target.partition(":")[0].partition(".")[0]
        provided.setdefault(package, {}).setdefault(kind, []).append(entry.info.name)
    return provided


def _print(rows: list[dict[str, Any]], lock: Path | None) -> None:

    from downbench.cli.tables import terminal_width

    for row in rows:
        editable = ", its files can change" if row["editable"] else ""
        print(f"{row['name']} {row['version']} ({row['distribution']}{editable})")
        print(f"  sha256 {row['digest'] or 'not known: its files cannot be found'}")
        for kind, names in row["provides"].items():
            text = f"{kind}: {', '.join(names)}"
            lines = wrapped(text, terminal_width() - 4)
            print("  " + "\n    ".join(lines))
    for broken in registry().broken:
        print(f"BROKEN {broken.plugin}: {broken.error}")
    if lock is not None:
        print(f"\npinned in {lock}; `bench run --locked {lock}` holds them against it")
