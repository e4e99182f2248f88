"""``bench import``: runs of others, to compare with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from downbench.cli.options import Json, Runs

EXAMPLES = (
    "bench import exported/xshield-ofdiff-1a2b3c4d5e6f.bench.zip --runs runs",
    "bench import exported",
)


def import_archives(
    archive: Annotated[
        list[Path],
        typer.Argument(metavar="ARCHIVE", help="Archives that `bench export` wrote, or folders of them."),
    ],
    runs: Runs = Path("runs"),
    json: Json = False,
) -> dict[str, Any]:
    """Unpack archives of runs among your own.

    What was imported is marked. An archive that is damaged, or holds what does not belong in one, is refused
    before anything is written.
    """
    from downbench.exchange.importing import archives_of, import_run

    imported = [import_run(one, runs) for path in archive for one in archives_of(path)]
    if not json:
        for one in imported:
            known = "" if one.new else " (it stood there already)"
            print(f"{one.record.method.name} on {one.record.dataset.label}: {one.directory}{known}")
    return {
        "imported": [{"directory": str(one.directory), "new": one.new} for one in imported],
    }
