"""``bench submit``: predictions made elsewhere, scored like a run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from downbench.cli.options import (
    Coarse,
    DataRoot,
    Factor,
    Json,
    Keep,
    Limit,
    Metrics,
    PredictedUnits,
    Region,
    Runs,
    Settings,
    Target,
    Truth,
    Variable,
)

EXAMPLES = (
    "bench submit mine.nc --dataset xshield --name my-net --licence CC-BY-4.0",
    "bench submit mine.nc --truth fine.nc --coarse coarse.nc --name my-net",
)


def submit(
    predictions: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="NetCDF file or zarr store with the predictions, or a folder of them."
        ),
    ],
    name: Annotated[
        Optional[str],
        typer.Option(metavar="NAME", help="Name of the method, as tables show it."),
    ] = None,
    dataset: Target = None,
    data_root: DataRoot = None,
    truth: Truth = None,
    coarse: Coarse = None,
    factor: Factor = None,
    set_: Settings = None,
    variable: Variable = None,
    units: PredictedUnits = None,
    members: Annotated[
        Optional[int],
        typer.Option(metavar="N", min=1, show_default="all", help="Score only the first N members."),
    ] = None,
    metric: Metrics = None,
    region: Region = None,
    limit: Limit = None,
    runs: Runs = Path("runs"),
    keep: Keep = None,
    about: Annotated[
        Optional[Path],
        typer.Option(
            metavar="YAML",
            show_default="FILE.yaml, if there is one",
            help="What you declare: name, title, authors, licence, training_data, cost, reference.",
        ),
    ] = None,
    title: Annotated[Optional[str], typer.Option(help="Title of the method for people.")] = None,
    author: Annotated[
        Optional[list[str]], typer.Option(metavar="NAME", help="Who made it; repeat it for more.")
    ] = None,
    licence: Annotated[Optional[str], typer.Option(help="How others may use the predictions.")] = None,
    training_data: Annotated[Optional[str], typer.Option(help="What the method was trained on.")] = None,
    cost: Annotated[Optional[str], typer.Option(help="What training and sampling took.")] = None,
    reference: Annotated[Optional[str], typer.Option(help="Paper or page that describes the method.")] = None,
    accept: Annotated[
        Optional[list[str]],
        typer.Option(metavar="CHECK", help="Submit although this check fails; repeat it for more."),
    ] = None,
    json: Json = False,
) -> tuple[dict[str, Any], int]:
    """Score predictions that were made elsewhere.

    They are checked first, as `bench validate` does. They are scored exactly like a run, in a run
    directory that `bench compare`, `verify`, `score`, `export` and the leaderboard read, and shown beside the
    reference results of the same frames. The same file is not scored twice; a changed one is another run.
    What you declare stands in the record, and is marked so.
    """
    from downbench.cli.shipped_beside import show_references
    from downbench.cli.stopping import keeping
    from downbench.pipeline.metric_set import make_metrics
    from downbench.pipeline.predictions import keep_of
    from downbench.submission.declared import read_declared
    from downbench.submission.submit import submit as submit_predictions
    from downbench.submission.target import open_target

    options = {
        "name": name,
        "title": title,
        "authors": author,
        "licence": licence,
        "training_data": training_data,
        "cost": cost,
        "reference": reference,
    }
    declared = read_declared(predictions, options, about)
    frames = open_target(dataset, data_root, truth, coarse, factor, set_ or [], limit, region or [])
    metrics = make_metrics(metric)
    with keeping("what is finished is kept, and the same command goes on"):
        made = submit_predictions(
            predictions,
            frames,
            metrics,
            runs,
            declared,
            members=members,
            variable=variable,
            units=units,
            accept=accept or [],
            keep=keep_of(keep),
        )
    if not json:
        _print(made.outcome, made.report.as_text())
    beside = show_references([made.outcome], json)
    payload = {"run": made.outcome, "references": beside, "report": made.report.as_json()}
    return payload, int(made.outcome["status"] == "failed")


def _print(outcome: dict[str, Any], report: str) -> None:
    from downbench.cli.outcomes import tell
    from downbench.cli.scores import print_scores

    print(report)
    tell(outcome)
    print_scores([outcome])
