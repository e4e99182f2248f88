"""``bench data prepare``: from a card to data that are ready to run."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from downbench_datasets.commands.options import Json

EXAMPLES = ("bench data prepare knmi-2010 --source knmi_files", "bench data prepare my-rain.yaml")


def prepare(
    card: Annotated[
        str, typer.Argument(metavar="CARD", help="Name of a dataset with a card, or a card (.yaml).")
    ],
    source: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Folder that holds the files already; nothing is fetched."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="STORE", show_default="in the cache", help="zarr group to write."),
    ] = None,
    json: Json = False,
) -> dict[str, Any]:
    """Fetch, cut, check and coarsen data, and write them to a sharded zarr store.

    What is interrupted goes on where it stopped; an unfinished store never has its name. Afterwards
    `bench run --dataset NAME` uses what was prepared; with --out also say --data-root STORE.
    """
    from downbench_datasets.cards.orders import card_of, order_of
    from downbench_datasets.cards.words import words_of_card
    from downbench_datasets.preparing.prepare import prepare as make
    from downbench_datasets.shared.content import stated_content

    path, read = card_of(card)
    try:
        with words_of_card(path):
            store = make(order_of(read, path), source, out, lambda text: print(text, file=sys.stderr))
    except KeyboardInterrupt as stop:
        stop.add_note("what is finished is kept, and the same command goes on")
        raise
    content = stated_content(store)
    if not json:
        print(store)
        print(f"content {content}" if content else "fetched as it is")
    return {"dataset": read.name, "store": str(store), "content": content}
