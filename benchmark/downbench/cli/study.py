"""``bench study``: many methods, each to answer a question about one of them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any, Optional

import typer


def study(
    name: Annotated[str, typer.Argument(help="A study; `bench list studies` shows them.")],
    dataset: Annotated[str, typer.Option("--dataset", "-d", help="Dataset.")],
    data_root: Annotated[Optional[Path], typer.Option(help="Your data: a file or folder.")] = None,
    set_: Annotated[
        Optional[list[str]], typer.Option("--set", help="name.key=value, of a method or the dataset.")
    ] = None,
    preset: Annotated[str, typer.Option(help="Preset of every method that has presets.")] = "tiny",
    seed: Annotated[
        Optional[list[int]], typer.Option(help="Seed; repeat for more [default: 0, 1 and 2].")
    ] = None,
    leading: Annotated[
        int, typer.Option(min=1, help="How many methods get all seeds; the others get the first.")
    ] = 5,
    members: Annotated[int, typer.Option(min=1, help="Ensemble size.")] = 8,
    limit: Annotated[Optional[int], typer.Option(min=1, help="Score only the first time steps.")] = None,
    runs: Annotated[Path, typer.Option(help="Where run directories stand.")] = Path("runs"),
    out: Annotated[Path, typer.Option(help="Folder for the table, as Markdown and JSON.")] = Path("studies"),
    device: Annotated[str, typer.Option(help="auto, cpu, cuda.")] = "auto",
    controls: Annotated[
        bool, typer.Option("--controls/--no-controls", help="Run the controls of the protocol too.")
    ] = True,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> tuple[dict[str, Any], int]:
    """Run a study, and write its table: scores, and differences from its reference with intervals.

    Finished runs are not computed again: a study may be spread over days.
    """
    from downbench.contracts.study import Study
    from downbench.errors import UserError
    from downbench.files import atomic_file, write_json
    from downbench.plugins.session import registry
    from downbench.results.study_table import study_table, to_markdown
    from downbench.suite.study import run_study

    entry = registry().find("study", name)
    found = entry.load()
    if not isinstance(found, Study):
        raise UserError(f"{entry.info.target} is no downbench.Study")
    place = {"name": dataset, **({"root": data_root} if data_root else {})}
    request: dict[str, Any] = {
        "datasets": [place],
        "preset": preset,
        "members": members,
        "limit": limit,
        "device": device,
        "controls": controls,
    }
    try:
        outcomes = run_study(found, request, set_ or [], seed or [0, 1, 2], leading, runs, _tell)
    except KeyboardInterrupt:
        print("interrupted; finished runs are kept, the same command goes on", file=sys.stderr)
        raise typer.Exit(130) from None
    rows = study_table(found, outcomes)
    variant = next((o["variant"] for o in outcomes if o["variant"]), "")
    title = f"{entry.info.name} on {dataset}" + (f" ({variant})" if variant else "")
    title += f", preset {preset}" + (f", limited to {limit} steps" if limit else "")
    text = to_markdown(found, title, rows)
    out.mkdir(parents=True, exist_ok=True)
    stem = f"{entry.info.name}-{dataset.replace(':', '-')}"
    with atomic_file(out / f"{stem}.md") as temporary:
        temporary.write_text(text, encoding="utf-8")
    payload = {"study": entry.info.name, "title": title, "reference": found.reference, "rows": rows}
    write_json(out / f"{stem}.json", payload)
    if not json:
        print(text)
    print(f"written: {out / stem}.md and .json", file=sys.stderr)
    return payload, int(any(o["status"] == "failed" and o["role"] == "method" for o in outcomes))


def _tell(outcome: dict[str, Any]) -> None:
    what = f"{outcome['method']} #{outcome['seed']}"
    said = outcome["directory"] if outcome["status"] == "finished" else outcome["reason"]
    print(f"{outcome['status']:9} {what}: {said}", file=sys.stderr)
