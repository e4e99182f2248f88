"""``bench score``: scores of finished runs, worked out again."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from downbench.cli.by_the_paper import as_json, check_protocol, estimate, lines
from downbench.cli.options import Json, MemoryLimit, MovedData, Protocol, Region, Scheduler, TimeLimit
from downbench.errors import UserError

EXAMPLES = (
    "bench score runs/xshield/ofdiff/KEY --metric fss --region alps=5,43,17,48",
    "bench score runs/xshield/ofdiff/KEY --protocol paper",
)

_SOURCES = {
    "statistics": "from statistics",
    "predictions": "from predictions",
    "model": "sampled again from its model",
}


def score(
    run: Annotated[
        list[Path],
        typer.Argument(
            metavar="RUN", help="Run directories: of scores, of samples or of a fit, or a folder of them."
        ),
    ],
    metric: Annotated[
        Optional[list[str]],
        typer.Option(metavar="NAME", help="Add this metric, from the predictions; repeat it for more."),
    ] = None,
    region: Region = None,
    data_root: MovedData = None,
    protocol: Protocol = None,
    engine: Annotated[
        str,
        typer.Option(metavar="ENGINE", help="Where to read predictions: local, or dask for a cluster."),
    ] = "local",
    scheduler: Scheduler = None,
    time_limit: TimeLimit = None,
    memory_limit: MemoryLimit = None,
    json: Json = False,
) -> dict[str, Any]:
    """Work out the scores of finished runs again.

    Values, intervals, seasons and stored regions come from the stored statistics, and need neither the data
    nor the method. A new metric or a new region reads the predictions. Samples that were not
    kept are sampled again from the model, which is said before it starts. Nothing is ever fitted again.
    With --protocol paper nothing is stored either.
    """
    from downbench.findings.rescore import rescore
    from downbench.findings.stored_run import open_runs
    from downbench.isolation.limits import hold_limits
    from downbench.pipeline.cluster.connection import check_engine
    from downbench.scoring.regions import parse_region

    check_engine(engine, scheduler)
    hold_limits(time_limit, memory_limit)
    if check_protocol(protocol):
        if metric or region or engine != "local":
            raise UserError(
                "the paper's estimators have no metrics, regions or clusters to choose",
                "leave out --metric, --region and --engine",
            )
        estimated = estimate([one for path in run for one in open_runs(path)], data_root)
        if not json:
            print("\n".join(lines(estimated)))
        return {"paper": as_json(estimated)}
    regions = tuple(parse_region(text) for text in region or [])
    outcomes = []
    for stored in [one for path in run for one in open_runs(path)]:
        rescored = rescore(stored, metric or [], regions, data_root, scheduler, _say)
        outcomes.append(
            {
                "method": rescored.record.method.name,
                "dataset": rescored.record.dataset.name,
                "status": "finished",
                "key": rescored.record.keys.score,
                "directory": str(rescored.directory),
                "source": str(stored.directory),
                "read": rescored.record.cost.score.read,
                "scores": [row.model_dump() for row in rescored.record.scores],
            }
        )
        if not json:
            print(f"{stored.label}: {_SOURCES[rescored.record.cost.score.read or 'statistics']}")
            print(f"  {outcomes[-1]['directory']}")
    return {"runs": outcomes}


def _say(text: str) -> None:
    print(text, file=sys.stderr)
