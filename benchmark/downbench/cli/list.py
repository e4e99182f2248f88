"""``bench list``: what is registered."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Optional

import typer

from downbench.plugins.registry import KINDS
from downbench.plugins.session import registry

SINGULAR = {"methods": "method", "metrics": "metric", "datasets": "dataset", "studies": "study"}
Plural = Literal["methods", "metrics", "datasets", "studies"]


def list_plugins(
    kind: Annotated[Optional[Plural], typer.Argument(help="Only these.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> list[dict[str, Any]]:
    """List methods, metrics, datasets and studies."""
    kinds = [SINGULAR[kind]] if kind else list(KINDS)
    rows = [
        {
            "kind": one,
            "name": entry.info.name,
            "title": entry.info.title,
            "distribution": entry.distribution,
            "tags": [*entry.info.tags, *([] if getattr(entry.info, "default", True) else ["when named"])],
        }
        for one in kinds
        for entry in registry().entries(one)
    ]
    if not json:
        _print(rows)
    return rows


def _print(rows: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for column in ("kind", "name", "title", "distribution", "tags"):
        table.add_column(column, no_wrap=column in ("kind", "name"))
    for row in rows:
        table.add_row(row["kind"], row["name"], row["title"], row["distribution"], ", ".join(row["tags"]))
    Console(markup=False).print(table)
