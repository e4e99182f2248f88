"""What the subcommands of ``bench data`` share: what they look at, and its settings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from downbench import UserError, read_yaml

Data = Annotated[
    str,
    typer.Argument(metavar="DATA", help="Name of a dataset, a card (.yaml), or a file, store or folder."),
]
Root = Annotated[
    Path | None, typer.Option("--data-root", metavar="PATH", help="File or folder that holds your data.")
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="NAME.KEY=VALUE", help="Set one parameter of the dataset; repeat it for more."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else, on standard output.")]


def settings_of(texts: list[str] | None) -> dict[str, Any]:
    """Settings as a mapping, whatever the dataset's name before the last dot.

    Raises:
        UserError: a text is not NAME.KEY=VALUE.
    """
    settings: dict[str, Any] = {}
    for text in texts or []:
        target, equals, value = text.partition("=")
        name, dot, key = target.rpartition(".")
        if not (equals and dot and name and key):
            raise UserError(f"--set {text!r} is not 'name.key=value'", "for instance --set files.factor=4")
        settings[key] = read_yaml(value, f"--set {text!r}").value
    return settings
