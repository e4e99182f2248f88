"""``bench list``: what there is to run, to score with and to run on."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Optional

import typer

from downbench.cli.options import Json
from downbench.cli.tables import cut, terminal_width
from downbench.plugins.registry import KINDS
from downbench.plugins.session import registry

EXAMPLES = ("bench list methods",)
PLURAL = {"method": "methods", "metric": "metrics", "dataset": "datasets", "study": "studies"}
ON_DEMAND = "when named"  # tag of a metric outside the standard set
Plural = Literal["methods", "metrics", "datasets", "studies"]


def list_plugins(
    kind: Annotated[
        Optional[Plural],
        typer.Argument(metavar="KIND", help="Only these: methods, metrics, datasets or studies."),
    ] = None,
    json: Json = False,
) -> list[dict[str, Any]]:
    """List methods, metrics, datasets and studies."""
    kinds = [one for one in KINDS if kind in (None, PLURAL[one])]
    rows = [
        {
            "kind": one,
            "name": entry.info.name,
            "title": entry.info.title,
            "distribution": entry.distribution,
            "tags": [*entry.info.tags, *([] if getattr(entry.info, "default", True) else [ON_DEMAND])],
        }
        for one in kinds
        for entry in registry().entries(one)
    ]
    if not json:
        print("\n".join(_lines(rows, terminal_width())))
    return rows


def _lines(rows: list[dict[str, Any]], width: int) -> list[str]:
    """One line an entry under its kind; a third party's says whose it is, a title that is too long is cut."""
    lines: list[str] = []
    names = max((len(row["name"]) for row in rows), default=0)
    for kind in dict.fromkeys(row["kind"] for row in rows):
        lines += ["", PLURAL[kind].capitalize()] if lines else [PLURAL[kind].capitalize()]
        for row in [row for row in rows if row["kind"] == kind]:
            mark = "*" if ON_DEMAND in row["tags"] else ""
            owner = "" if row["distribution"] == "downbench" else f" ({row['distribution']})"
            title = cut(row["title"], width - names - 5 - len(owner))
            lines.append(f"  {row['name'] + mark:{names + 1}}  {title}{owner}".rstrip())
    lines.append("")
    if any(ON_DEMAND in row["tags"] for row in rows):
        lines.append("* This metric is worked out only when it is named with --metric.")
    return [*lines, "`bench show NAME` describes one of them; --json prints all that is listed."]
