"""``bench run``: fit, sample and score methods on datasets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from downbench.cli.by_the_paper import as_json, check_protocol, estimate, lines
from downbench.cli.options import (
    Controls,
    DataRoot,
    Engine,
    Jobs,
    Json,
    Keep,
    Metrics,
    Protocol,
    References,
    Region,
    Runs,
    Scheduler,
    Settings,
    Shifts,
)
from downbench.cli.outcomes import say, tell
from downbench.cli.scores import print_scores
from downbench.cli.stopping import keeping

EXAMPLES = (
    "bench run --method ofdiff --dataset xshield",
    "bench run -m unet -d files --data-root rain.nc --set files.factor=4",
    "bench run -m unet -d files --data-root north.nc --shift south=south.nc",
    "bench run --suite suite.yaml",
)


def run(
    method: Annotated[
        Optional[list[str]],
        typer.Option("--method", "-m", metavar="NAME", help="Method to run; repeat it for more."),
    ] = None,
    dataset: Annotated[
        Optional[list[str]],
        typer.Option("--dataset", "-d", metavar="NAME", help="Dataset to run on; repeat it for more."),
    ] = None,
    metric: Metrics = None,
    preset: Annotated[
        Optional[str],
        typer.Option(
            metavar="NAME",
            show_default="tiny",
            help="Preset of every method that has presets: smoke, tiny, small or paper.",
        ),
    ] = None,
    set_: Settings = None,
    weights: Annotated[
        Optional[list[str]],
        typer.Option(
            metavar="[METHOD=]DIR",
            help="Take the weights in this run directory or model folder, or those that `bench list weights` "
            "names, instead of fitting.",
        ),
    ] = None,
    members: Annotated[
        Optional[int],
        typer.Option(metavar="N", show_default="8", help="Number of ensemble members to sample."),
    ] = None,
    seed: Annotated[
        Optional[list[int]],
        typer.Option(metavar="N", show_default="0", help="Seed; repeat it for several runs of each method."),
    ] = None,
    limit: Annotated[
        Optional[int],
        typer.Option(metavar="N", show_default="all", help="Score only the first N time steps."),
    ] = None,
    budget: Annotated[
        Optional[str],
        typer.Option(
            metavar="TIME",
            show_default="none",
            help="Longest time for each fit, for example 90s, 10m or 2h. "
            "A run with a budget cannot be reproduced exactly.",
        ),
    ] = None,
    runs: Runs = Path("runs"),
    suite: Annotated[
        Optional[Path],
        typer.Option(
            metavar="FILE", help="YAML file that asks for many runs. Options on the command line win over it."
        ),
    ] = None,
    data_root: DataRoot = None,
    shift: Shifts = None,
    device: Annotated[
        Optional[str],
        typer.Option(
            metavar="DEVICE",
            show_default="auto",
            help="Device to compute on: auto, cpu or cuda. auto takes a GPU if there is one.",
        ),
    ] = None,
    region: Region = None,
    hours: Annotated[
        bool, typer.Option("--hours", help="Also work out the scores by hour of day (UTC).")
    ] = False,
    engine: Engine = None,
    scheduler: Scheduler = None,
    keep: Keep = None,
    controls: Controls = True,
    reference: References = True,
    protocol: Protocol = None,
    jobs: Jobs = None,
    isolate: Annotated[
        Optional[bool],
        typer.Option(
            "--isolate/--no-isolate",
            show_default="third parties' code only",
            help="Run every stage, or none, in a process of its own.",
        ),
    ] = None,
    time_limit: Annotated[
        Optional[str],
        typer.Option(
            metavar="TIME",
            show_default="none",
            help="Longest time for each stage of a run, for example 90s, 10m or 2h.",
        ),
    ] = None,
    memory_limit: Annotated[
        Optional[str],
        typer.Option(
            metavar="SIZE",
            show_default="none",
            help="Most memory for each stage of a run, for example 500M or 8G.",
        ),
    ] = None,
    json: Json = False,
) -> tuple[dict[str, Any], int]:
    """Fit, sample and score methods on datasets.

    What is finished is not computed again. A command that was interrupted goes on where it stopped.
    --protocol paper takes 10 members unless --members says otherwise.
    """
    from downbench.cli.shipped_beside import show_references
    from downbench.paper.table1 import MEMBERS
    from downbench.suite.asking import ask
    from downbench.suite.suite import is_failure, run_suite

    paper = check_protocol(protocol)
    request = ask(
        suite,
        methods=method,
        datasets=dataset,
        preset=preset,
        members=MEMBERS if paper and members is None else members,
        seeds=seed,
        limit=limit,
        budget=budget,
        data_root=data_root,
        device=device,
        regions=region,
        hours=hours,
        engine=engine,
        scheduler=scheduler,
        keep=keep,
        controls=controls,
        jobs=jobs,
        isolate=isolate,
        time_limit=time_limit,
        memory_limit=memory_limit,
        settings=set_ or [],
        shifts=shift or [],
        weights=weights or [],
    )
    with keeping("finished stages and chunks are kept, and the same command goes on"):
        outcomes = run_suite(request, runs, metric, tell, say)
    failed = any(is_failure(request, outcome) for outcome in outcomes)
    if paper:
        return {"runs": outcomes, "paper": _by_the_paper(outcomes, json)}, int(failed)
    if not json:
        print_scores(outcomes)
    beside = show_references(outcomes, json) if reference else []
    return {"runs": outcomes, "references": beside}, int(failed)


def _by_the_paper(outcomes: list[dict[str, Any]], json: bool) -> dict[str, Any]:
    """Print finished runs by the paper's estimators, in place of scores and references; for ``--json``."""
    from downbench.findings.stored_run import open_run

    finished = [one["directory"] for one in outcomes if one["status"] == "finished"]
    estimated = estimate([open_run(Path(directory)) for directory in finished])
    if not json and estimated:
        print("\n" + "\n".join(lines(estimated)))
    return as_json(estimated)
