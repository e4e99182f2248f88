"""``bench list``: what there is to run, to score with and to run on."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Annotated, Any, Optional

import typer

from downbench.cli.options import Json
from downbench.cli.tables import cut, terminal_width
from downbench.errors import UserError
from downbench.plugins.registry import KINDS, PLURAL
from downbench.plugins.session import registry

EXAMPLES = ("bench list methods", "bench list references")
ON_DEMAND = "when named"  # tag of a metric outside the standard set
ONLY_NAMED = ("references", "weights")  # data that packages bring


def list_plugins(
    kind: Annotated[
        Optional[str],
        typer.Argument(
            metavar="KIND",
            help="Only these: methods, metrics, datasets, studies, references or weights.",
            autocompletion=lambda: [*PLURAL.values(), *ONLY_NAMED],
        ),
    ] = None,
    json: Json = False,
) -> list[dict[str, Any]]:
    """List methods, metrics, datasets and studies.

    References and weights are listed when they are named: results and fitted models that come with an
    installed package.
    """
    if kind in ONLY_NAMED:
        from downbench.cli.shipped import list_references, list_weights

        return list_references(json) if kind == "references" else list_weights(json)
    kinds = list(KINDS) if kind is None else [_kind(kind)]
    rows = [
        {
            "kind": one,
            "name": entry.info.name,
            "title": entry.info.title,
            "training": getattr(entry.info, "training", None),
            "distribution": entry.distribution,
            "tags": [*entry.info.tags, *([] if getattr(entry.info, "default", True) else [ON_DEMAND])],
        }
        for one in kinds
        for entry in registry().entries(one)
    ]
    if not json:
        print("\n".join(_lines(rows, terminal_width())))
    return rows


def _kind(word: str) -> str:
    """The kind that is meant, in the singular or plural.

    Raises:
        UserError: none; says what may be meant.
    """
    for one, many in PLURAL.items():
        if word.lower() in (one, many):
            return one
    close = get_close_matches(word.lower(), [*PLURAL.values(), *PLURAL, *ONLY_NAMED], n=1)
    if close:
        hint = f"did you mean `bench list {PLURAL.get(close[0], close[0])}`?"
    elif any(entry.info.name == word for kind in KINDS for entry in registry().entries(kind)):
        hint = f"did you mean `bench show {word}`?"
    else:
        hint = "there are: methods, metrics, datasets, studies, references and weights"
    raise UserError(f"there is no list of {word!r}", hint)


def _lines(rows: list[dict[str, Any]], width: int) -> list[str]:
    """One line an entry under its kind; a title that is too long is cut.

    What a method is trained on stands behind it where that is not pairs, and a third party's name.
    """
    lines: list[str] = []
    names = max((len(row["name"]) for row in rows), default=0)
    for kind in dict.fromkeys(row["kind"] for row in rows):
        lines += ["", PLURAL[kind].capitalize()] if lines else [PLURAL[kind].capitalize()]
        for row in [row for row in rows if row["kind"] == kind]:
            mark = "*" if ON_DEMAND in row["tags"] else ""
            after = f" [{row['training']}]" if row["training"] not in (None, "pairs") else ""
            after += "" if row["distribution"] == "downbench" else f" ({row['distribution']})"
            title = cut(row["title"], width - names - 5 - len(after))
            lines.append(f"  {row['name'] + mark:{names + 1}}  {title}{after}".rstrip())
    lines.append("")
    if any(ON_DEMAND in row["tags"] for row in rows):
        lines.append("* This metric is worked out only when it is named with --metric.")
    return [*lines, "`bench show NAME` describes one of them; --json prints all that is listed."]
