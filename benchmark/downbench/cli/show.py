"""``bench show NAME``: everything about one method, metric or dataset."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from downbench.errors import UserError
from downbench.plugins.registry import KINDS, Registration
from downbench.plugins.session import registry

TOPOGRAPHY = 1
STANDARD_PREDICTORS = 11 + TOPOGRAPHY  # of the paper's data


def show(
    name: Annotated[str, typer.Argument(help="Name of a method, metric or dataset.")],
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> dict[str, Any]:
    """Show one method, metric or dataset: definition, parameters, presets."""
    entry = _find(name)
    described = {
        "kind": entry.info.kind,
        "name": entry.info.name,
        "title": entry.info.title,
        "distribution": entry.distribution,
        "version": entry.version,
        "reference": entry.info.reference,
        "tags": list(entry.info.tags),
        **_DESCRIBE[entry.info.kind](entry),
    }
    if not json:
        _print(described)
    return described


def _find(name: str) -> Registration:
    found = []
    for kind in KINDS:
        found += [e for e in registry().entries(kind) if name in (e.info.name, e.full_name)]
    if len(found) == 1:
        return found[0]
    if found:
        raise UserError(
            f"{name!r} is ambiguous", "choose " + " or ".join(f"{e.full_name} ({e.info.kind})" for e in found)
        )
    names = [e.info.name for kind in KINDS for e in registry().entries(kind)]
    from difflib import get_close_matches

    close = get_close_matches(name, names, n=3)
    raise UserError(
        f"there is nothing called {name!r}",
        f"did you mean {', '.join(close)}?" if close else "`bench list` shows what there is",
    )


def _configuration(cls: Any) -> dict[str, Any]:
    fields = {
        key: {
            "default": field.get_default(call_default_factory=True) if not field.is_required() else None,
            "description": field.description or "",
        }
        for key, field in cls.Config.model_fields.items()
    }
    return {"configuration": fields, "presets": {key: dict(value) for key, value in cls.presets.items()}}


def _method(entry: Registration) -> dict[str, Any]:
    cls = entry.load()
    info: Any = entry.info
    counts = {}
    for preset, values in (cls.presets or {"": {}}).items():
        config = cls.Config.model_validate(dict(values))
        if parts := dict(cls.parameters(config, STANDARD_PREDICTORS)):
            counts[preset] = parts
    return {
        "probabilistic": info.probabilistic,
        "past": info.past,
        "future": info.future,
        "window": info.window,
        **_configuration(cls),
        "parameters": counts,
        "description": (cls.__doc__ or "").strip(),
    }


def _metric(entry: Registration) -> dict[str, Any]:
    cls = entry.load()
    low, high = cls.range
    finite = [None if abs(bound) == float("inf") else bound for bound in (low, high)]
    return {
        "definition": cls.definition,
        "unit": cls.unit,
        "direction": cls.direction,
        "range": finite,
        "needs": cls.needs,
        "past": cls.past,
        "regional": cls.regional,
        "reference": cls.reference or entry.info.reference,
        "metric_version": cls.version,
    }


def _dataset(entry: Registration) -> dict[str, Any]:
    cls = entry.load()
    return {**_configuration(cls), "licence": entry.info.licence, "description": (cls.__doc__ or "").strip()}  # type: ignore[attr-defined]


def _study(entry: Registration) -> dict[str, Any]:
    found: Any = entry.load()
    return {
        "reference_method": found.reference,
        "questions": dict(found.questions),
        "metrics": list(found.metrics),
    }


_DESCRIBE = {"method": _method, "metric": _metric, "dataset": _dataset, "study": _study}


def _print(described: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.pretty import Pretty
    from rich.table import Table

    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column()
    for key, value in described.items():
        if value not in ("", [], {}, None):
            table.add_row(key, value if isinstance(value, str) else Pretty(value))
    Console(markup=False).print(table)
