"""``bench export``: runs as small files, to give away."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from downbench.cli.options import Json

EXAMPLES = ("bench export runs/xshield/ofdiff/KEY --out exported",)


def export(
    run: Annotated[list[Path], typer.Argument(metavar="RUN", help="Run directories, or folders of them.")],
    out: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Folder for the archives.")] = Path(
        "exported"
    ),
    json: Json = False,
) -> dict[str, Any]:
    """Write scored runs into small archives.

    An archive has less than a megabyte. It holds the record, the scores, what paired intervals need and one
    example moment, but no path of this machine. Whoever imports it compares runs of the same frames with it.
    """
    from downbench.exchange.export import export as export_runs
    from downbench.findings.stored_run import open_runs

    runs = [one for path in run for one in open_runs(path)]
    archives = export_runs(runs, out)
    if not json:
        for path in archives:
            print(f"{path}  {path.stat().st_size / 1e3:.0f} kB")
    return {"archives": [str(path) for path in archives]}
