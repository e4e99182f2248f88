"""``bench score``: scores of finished runs, worked out again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Optional

import typer


def score(
    run: Annotated[list[Path], typer.Argument(help="Score directories, or fit or sample directories.")],
    metric: Annotated[
        Optional[list[str]],
        typer.Option("--metric", help="Add this metric, from the predictions; repeat for more."),
    ] = None,
    region: Annotated[
        Optional[list[str]],
        typer.Option(help="Add a region of your own, name=lonmin,latmin,lonmax,latmax or name=FILE."),
    ] = None,
    data_root: Annotated[Optional[Path], typer.Option(help="Where the data are now, if moved.")] = None,
    engine: Annotated[str, typer.Option(help="Where to read predictions: local, dask.")] = "local",
    scheduler: Annotated[Optional[str], typer.Option(help="Address of the scheduler of dask.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> dict[str, Any]:
    """Work out scores again, from stored statistics; a new metric or region reads the predictions.

    Values, intervals, seasons and stored regions need neither data nor method. Predictions that were too
    large to keep are sampled again from the model; nothing is ever fitted.
    """
    from downbench.results.rescore import rescore
    from downbench.results.stored_run import open_runs
    from downbench.run.cluster import check_engine
    from downbench.scoring.regions import parse_region

    check_engine(engine, scheduler)
    regions = tuple(parse_region(text) for text in region or [])
    outcomes = []
    for stored in [one for path in run for one in open_runs(path)]:
        found = rescore(stored, metric or [], regions, data_root, scheduler)
        outcomes.append(
            {
                "method": found.record.method.name,
                "dataset": found.record.dataset.name,
                "status": "finished",
                "key": found.record.keys.score,
                "directory": str(found.directory),
                "source": str(stored.directory),
                "read": found.record.cost.score.read,
                "scores": [row.model_dump() for row in found.record.scores],
            }
        )
        if not json:
            print(f"{stored.label}: from {outcomes[-1]['read']}")
            print(f"  {outcomes[-1]['directory']}")
    return {"runs": outcomes}
