"""``bench data new``: a card from a look at files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from downbench import UserError, atomic_file
from downbench_datasets.commands.options import Json, Set, settings_of

EXAMPLES = ("bench data new rain.nc", "bench data new rain_files --out my-rain.yaml")


def new(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="File, zarr group or folder with your data.")],
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", show_default="NAME.yaml", help="Card to write; none is replaced."),
    ] = None,
    set_: Set = None,
    json: Json = False,
) -> dict[str, Any]:
    """Look at files and write the card that describes them.

    What was made out stands there as settings and comments. Read it, correct it, and run it with
    `bench run --dataset NAME.yaml`.
    """
    from downbench_datasets.cards.new import card_text, name_of

    target = out or Path(f"{name_of(path)}.yaml")
    if target.exists():
        raise UserError(f"{target} exists already", "name another file with --out")
    text = card_text(path, target, settings_of(set_))
    with atomic_file(target) as temporary:
        temporary.write_text(text, encoding="utf-8")
    if not json:
        print(text, end="")
        print(f"\nwritten to {target}; run it with: bench run -m bicubic -d {target}")
    return {"card": str(target)}
