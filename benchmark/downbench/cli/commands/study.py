"""``bench study``: many methods, each to answer a question about one of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from downbench.cli.options import (
    Controls,
    DataRoot,
    Device,
    Engine,
    Jobs,
    Json,
    Keep,
    Runs,
    Scheduler,
    Settings,
    Shifts,
)
from downbench.cli.outcomes import say, tell
from downbench.cli.stopping import keeping
from downbench.cli.tables import number, table, terminal_width
from downbench.contracts.study import Study

EXAMPLES = (
    "bench study ofdiff-ablations --dataset files --data-root rain.nc",
    "bench study transfer -d files --data-root north.nc --shift south=south.nc",
    "bench study budgets -d files --data-root rain.nc --times 1 --times 4",
    "bench study rivals -d files --data-root rain.nc --engine dask --scheduler tcp://head:8786",
)


def study(
    name: Annotated[
        str, typer.Argument(metavar="STUDY", help="Name of a study; `bench list studies` shows them.")
    ],
    dataset: Annotated[str, typer.Option("--dataset", "-d", metavar="NAME", help="Dataset to run on.")],
    data_root: DataRoot = None,
    set_: Settings = None,
    preset: Annotated[
        str,
        typer.Option(
            metavar="NAME", help="Preset of every method that has presets: smoke, tiny, small or paper."
        ),
    ] = "tiny",
    seed: Annotated[
        Optional[list[int]],
        typer.Option(metavar="N", show_default="0, 1 and 2", help="Seed; repeat it for more."),
    ] = None,
    leading: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=1,
            help="Number of methods that run with all seeds: the reference and the best others. "
            "The rest run with the first seed.",
        ),
    ] = 5,
    shift: Shifts = None,
    times: Annotated[
        Optional[list[float]],
        typer.Option(
            metavar="N",
            min=0.01,
            show_default="as the study says",
            help="Budget of training as a multiple of the preset's; repeat it for more.",
        ),
    ] = None,
    members: Annotated[
        int, typer.Option(metavar="N", min=1, help="Number of ensemble members to sample.")
    ] = 8,
    limit: Annotated[
        Optional[int],
        typer.Option(metavar="N", min=1, show_default="all", help="Score only the first N time steps."),
    ] = None,
    runs: Runs = Path("runs"),
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder to write the table to, as Markdown and JSON.")
    ] = Path("studies"),
    device: Device = "auto",
    engine: Engine = None,
    scheduler: Scheduler = None,
    keep: Keep = None,
    controls: Controls = True,
    jobs: Jobs = None,
    json: Json = False,
) -> tuple[dict[str, Any], int]:
    """Run a study and write its tables.

    The tables show scores, differences from the study's reference with their intervals, and what each method
    costs. Finished runs are not computed again, so that a study may be spread over days. --shift and --times
    make a table for each track and each budget.
    """
    from downbench.errors import UserError
    from downbench.files import atomic_file, write_json
    from downbench.findings.study_arms import arms_markdown, study_arms
    from downbench.plugins.session import registry
    from downbench.suite.request import apply_shifts
    from downbench.suite.study import run_study

    entry = registry().find("study", name)
    chosen = entry.load()
    if not isinstance(chosen, Study):
        raise UserError(f"{entry.info.target} is not a downbench.Study")
    source = {"name": dataset, **({"root": data_root} if data_root else {})}
    request: dict[str, Any] = {
        "datasets": [source],
        "preset": preset,
        "members": members,
        "limit": limit,
        "device": device,
        "controls": controls,
        "keep": keep,
        "jobs": jobs or 1,
    }
    request |= {key: value for key, value in (("engine", engine), ("scheduler", scheduler)) if value}
    apply_shifts(request, shift or [])
    with keeping("finished runs are kept, and the same command goes on"):
        outcomes = run_study(
            chosen, request, set_ or [], seed or [0, 1, 2], leading, runs, tell, say, times or chosen.times
        )
    variant = next((o["variant"] for o in outcomes if o["variant"]), "")
    title = f"{entry.info.name} on {dataset}" + (f" ({variant})" if variant else "")
    title += f", preset {preset}" + (f", limited to {limit} steps" if limit else "")
    arms = study_arms(chosen, outcomes, title)
    out.mkdir(parents=True, exist_ok=True)
    stem = f"{entry.info.name}-{dataset.replace(':', '-')}"
    with atomic_file(out / f"{stem}.md") as temporary:
        temporary.write_text(arms_markdown(chosen, arms), encoding="utf-8")
    about = {"study": entry.info.name, "title": title, "relation": arms[0]["relation"]}
    payload = {**about, "reference": chosen.reference, "rows": arms[0]["rows"], "arms": arms}
    write_json(out / f"{stem}.json", payload)
    if not json:
        for arm in arms:
            print("\n".join([*_first_table(chosen, f"{arm['title']}: {arm['relation']}", arm["rows"]), ""]))
        print(f"{out / stem}.md and .json have all {len(chosen.metrics)} metrics, questions and costs.")
    return payload, int(any(o["status"] == "failed" and o["role"] == "method" for o in outcomes))


def _first_table(study: Study, title: str, rows: list[dict[str, Any]]) -> list[str]:
    """The study's first metric, one line a method."""
    column = study.metrics[0]
    lines = table(
        ["", column, f"less {study.reference}", "95 % interval", "verdict"],
        [_cells(row, column) for row in rows],
        terminal_width(),
    )
    failures = [f"{row['method']} failed: {row['failure']}" for row in rows if row["failure"]]
    return [title, "", *lines, *failures]


def _cells(row: dict[str, Any], column: str) -> list[str]:
    score, difference = row["scores"][column], row["differences"].get(column)
    spread = "" if score["sd"] is None else f" ± {score['sd']:.2g}"
    cells = [row["method"], number(score["value"], 4) + spread]
    if difference is None:
        return [*cells, "-", "-", "-"]
    interval = "-" if difference["low"] is None else f"[{difference['low']:+.2g}, {difference['high']:+.2g}]"
    return [*cells, f"{difference['value']:+.2g}", interval, difference["verdict"] or "-"]
