"""``bench new KIND NAME``: a plug-in to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from downbench.cli.options import Json

EXAMPLES = (
    "bench new torch-method my-unet",
    "bench new metric wet-area --out plugins",
    "bench new plugin my-idea",
)
Kinds = Literal["method", "torch-method", "metric", "dataset", "plugin"]


def new(
    kind: Annotated[
        Kinds,
        typer.Argument(
            metavar="KIND",
            help="What to begin: method, torch-method (a network of your own), metric, dataset, or plugin "
            "(a single file for --plugin).",
        ),
    ],
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="What bench is to call it: lower case letters and hyphens.")
    ],
    out: Annotated[
        Path, typer.Option("--out", metavar="FOLDER", help="Folder that it is written into.")
    ] = Path(),
    json: Json = False,
) -> dict[str, Any]:
    """Write a plug-in to begin with.

    It installs, passes `bench check` and has tests before you change a line. What it writes is a package of a
    few small files; plugin writes one file. Nothing is ever overwritten.
    """
    from downbench.starters.writing import write_starter

    written = write_starter(kind, name, out)
    if not json:
        print("\n".join([f"wrote {written.path}", *(f"  {file}" for file in written.files)]))
        print("\n".join(["", "what comes next:", *(f"  {command}" for command in written.commands)]))
    return {
        "path": str(written.path),
        "files": [str(file) for file in written.files],
        "commands": list(written.commands),
    }
