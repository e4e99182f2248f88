"""``bench run``: fit, sample and score methods on datasets."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from downbench.errors import UserError
from downbench.plugins.session import registry

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}


def run(
    method: Annotated[
        Optional[list[str]], typer.Option("--method", "-m", help="Method; repeat for more.")
    ] = None,
    dataset: Annotated[
        Optional[list[str]], typer.Option("--dataset", "-d", help="Dataset; repeat for more.")
    ] = None,
    metric: Annotated[Optional[list[str]], typer.Option("--metric", help="Only these metrics.")] = None,
    preset: Annotated[
        Optional[str], typer.Option(help="Preset of each method that has presets [default: tiny].")
    ] = None,
    set_: Annotated[
        Optional[list[str]], typer.Option("--set", help="name.key=value, of a method or dataset.")
    ] = None,
    weights: Annotated[
        Optional[list[str]],
        typer.Option(help="Do not fit: take these weights, a run or model directory, as DIR or method=DIR."),
    ] = None,
    members: Annotated[Optional[int], typer.Option(help="Ensemble size [default: 8].")] = None,
    seed: Annotated[Optional[list[int]], typer.Option(help="Seed; repeat for more [default: 0].")] = None,
    limit: Annotated[Optional[int], typer.Option(help="Score only the first time steps.")] = None,
    budget: Annotated[
        Optional[str], typer.Option(help="Time for each fit, as 90s, 10m, 2h (not reproducible).")
    ] = None,
    runs: Annotated[Path, typer.Option(help="Where run directories stand.")] = Path("runs"),
    suite: Annotated[
        Optional[Path], typer.Option(help="YAML file of many runs; options win over it.")
    ] = None,
    data_root: Annotated[Optional[Path], typer.Option(help="Your data: a file or folder.")] = None,
    device: Annotated[Optional[str], typer.Option(help="auto, cpu, cuda [default: auto].")] = None,
    region: Annotated[
        Optional[list[str]],
        typer.Option(help="A region of your own, name=lonmin,latmin,lonmax,latmax or name=FILE; repeat."),
    ] = None,
    hours: Annotated[bool, typer.Option("--hours", help="Scores by hour of day (UTC) too.")] = False,
    engine: Annotated[
        Optional[str], typer.Option(help="Where to score: local, dask [default: local].")
    ] = None,
    scheduler: Annotated[Optional[str], typer.Option(help="Address of the scheduler of dask.")] = None,
    controls: Annotated[
        bool, typer.Option("--controls/--no-controls", help="Run the controls of the protocol too.")
    ] = True,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> tuple[dict[str, Any], int]:
    """Fit, sample and score methods on datasets; what is finished is not computed again."""
    from downbench.suite.request import apply_settings, apply_weights, build_suite, choose, read_suite
    from downbench.suite.suite import run_suite

    content = read_suite(suite) if suite else {"methods": [], "datasets": []}
    content["methods"] = choose(content["methods"], method)
    content["datasets"] = choose(content["datasets"], dataset)
    if data_root is not None:
        content["datasets"] = [{"root": data_root, **spec} for spec in content["datasets"]]
    given: dict[str, Any] = {
        "preset": preset,
        "members": members,
        "seeds": seed,
        "limit": limit,
        "device": device,
        "regions": region,
        "hours": hours or None,
        "engine": engine,
        "scheduler": scheduler,
    }
    given |= {"budget": _seconds(budget), "controls": None if controls else False}
    content |= {key: value for key, value in given.items() if value is not None}
    apply_settings(content, set_ or [])
    apply_weights(content, weights or [])
    request = build_suite(content)
    try:
        outcomes = run_suite(request, runs, metric, _tell)
    except KeyboardInterrupt:
        print("interrupted; finished stages and chunks are kept, the same command goes on", file=sys.stderr)
        raise typer.Exit(130) from None
    if not json:
        _table(outcomes)
    # A control that is not installed (no torch) leaves a gap in the table, but fails nothing.
    failed = any(o["status"] == "failed" and (o["role"] == "method" or o["directory"]) for o in outcomes)
    return {"runs": outcomes}, int(failed)


def _seconds(text: str | None) -> float | None:
    if text is None:
        return None
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", text)
    if not match:
        raise UserError(f"--budget {text!r} is no duration", "write 90s, 10m or 2h")
    return float(match[1]) * _UNITS[match[2] or "s"]


def _tell(outcome: dict[str, Any]) -> None:
    what = f"{outcome['method']} on {outcome['dataset']}"
    if outcome["status"] == "finished":
        print(f"done    {what}: {outcome['directory']}", file=sys.stderr)
    else:
        print(f"FAILED  {what}: {outcome['reason']}", file=sys.stderr)


def _table(outcomes: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    from downbench.results.summary import summarise

    metrics = {score["metric"] for outcome in outcomes for score in outcome["scores"]}
    headlines = {name: registry().find("metric", name).load().headline for name in metrics}
    console = Console(markup=False)
    for label, summary in summarise(outcomes, headlines).items():
        table = Table(title=label, title_justify="left", box=None, pad_edge=False)
        table.add_column("", no_wrap=True)
        for method in summary.methods:
            table.add_column(method, justify="right", overflow="fold")
        for title, values in summary.rows.items():
            table.add_row(title, *(f"{value:.3g}" if value is not None else "-" for value in values))
        console.print(table)
