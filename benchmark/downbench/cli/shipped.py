"""What ``bench list`` prints of references and weights, which packages of data bring."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from downbench.references.shipped import Shipped


def list_references(json: bool) -> list[dict[str, Any]]:
    """The references by what they were scored on."""
    from downbench.references.finding import NONE_INSTALLED
    from downbench.references.shipped import all_references

    shipped = all_references()
    groups: dict[str, list[str]] = {}
    alike = Counter(_short(one) for one in shipped)
    for one in shipped:
        own = one.reference
        facts = [own.date[:10], *(mark for mark in own.marks if mark != "reference")]
        facts += [f"repeated to the bit by commit {own.same[-1].commit}"] if own.same else []
        name = own.name if alike[_short(one)] > 1 else f"{own.method}@{own.seed}"
        line = f"  {'ref:' + name:34}  {own.preset or '':5}  {', '.join(facts)}"
        groups.setdefault(own.scored.text, []).append(line.rstrip())
    if not json:
        for text, lines in groups.items():
            print("\n".join([text, *lines, ""]))
        print("`bench compare RUN ref:NAME` compares with one." if shipped else NONE_INSTALLED)
    return [
        {
            "kind": "reference",
            "name": one.reference.name,
            "title": one.reference.title,
            "distribution": one.distribution,
            "tags": list(one.reference.marks),
            "reference": one.reference.model_dump(mode="json"),
        }
        for one in shipped
    ]


def _short(one: Shipped) -> tuple[Any, ...]:
    """What method and seed name on the frames of a run: of several, each is listed by its full name."""
    return one.reference.scored.key, one.reference.method, one.reference.seed


def list_weights(json: bool) -> list[dict[str, Any]]:
    """Fitted models by name, each with what it was fitted on."""
    from downbench.models.shipped_weights import NONE_INSTALLED, all_weights

    rows = []
    for one in all_weights():
        card = one.card
        about = f"fitted on {card.dataset.label}" if card else "its card cannot be read"
        rows.append(
            {
                "kind": "weights",
                "name": one.name,
                "title": about,
                "distribution": one.distribution,
                "tags": [card.precision.partition(":")[0]] if card else [],
                "directory": str(one.directory),
            }
        )
    if not json:
        print("\n".join(f"  {row['name']:28}  {row['title']}" for row in rows) or NONE_INSTALLED)
        if rows:
            print("\n`bench apply NAME coarse.nc` downscales a file with one.")
    return rows
