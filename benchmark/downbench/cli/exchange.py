"""``bench export`` and ``bench import``: runs as small files, to give away and to compare with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from downbench.cli.options import Json, Runs

EXAMPLES = (
    "bench export runs/xshield/ofdiff/KEY --out exported",
    "bench import exported/*.bench.zip",
)


def export(
    run: Annotated[
        list[Path], typer.Argument(metavar="RUN", help="Run directories: of scores, of samples or of a fit.")
    ],
    out: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Folder for the archives.")] = Path(
        "exported"
    ),
    json: Json = False,
) -> dict[str, Any]:
    """Write each scored run into an archive of less than a megabyte.

    An archive holds the record, the scores, what paired intervals need and one example moment, but no path
    of this machine. Whoever imports it compares runs of the same frames with it.
    """
    from downbench.exchange.export import export as export_runs
    from downbench.results.stored_run import open_runs

    runs = [one for path in run for one in open_runs(path)]
    archives = export_runs(runs, out)
    if not json:
        for path in archives:
            print(f"{path}  {path.stat().st_size / 1e3:.0f} kB")
    return {"archives": [str(path) for path in archives]}


def import_archives(
    archive: Annotated[
        list[Path], typer.Argument(metavar="ARCHIVE", help="Archives that `bench export` wrote.")
    ],
    runs: Runs = Path("runs"),
    json: Json = False,
) -> dict[str, Any]:
    """Unpack archives of runs among your own, marked as imported.

    An archive that is damaged, or holds what does not belong in one, is refused before anything is written.
    """
    from downbench.exchange.importing import import_run

    imported = [import_run(path, runs) for path in archive]
    if not json:
        for one in imported:
            known = "" if one.new else " (it stood there already)"
            print(f"{one.record.method.name} on {one.record.dataset.label}: {one.directory}{known}")
    return {
        "imported": [{"directory": str(one.directory), "new": one.new} for one in imported],
    }
