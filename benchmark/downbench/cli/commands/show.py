"""``bench show NAME``: everything about one method, metric or dataset."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from downbench.cli.docstrings import help_text
from downbench.cli.options import Json
from downbench.cli.sheet import sheet
from downbench.cli.tables import terminal_width
from downbench.errors import UserError
from downbench.guard import running
from downbench.plugins.registry import KINDS, Registration
from downbench.plugins.session import registry

TOPOGRAPHY = 1
STANDARD_PREDICTORS = 11 + TOPOGRAPHY  # of the paper's data


EXAMPLES = ("bench show ofdiff", "bench show crps")


def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of a method, metric, dataset or study.")],
    json: Json = False,
) -> dict[str, Any]:
    """Show what one method, metric, dataset or study is.

    A method or dataset is shown with its parameters, their defaults and its presets, a metric with its
    definition, unit and reference, a study with its questions.
    """
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
        print("\n".join(sheet(described, terminal_width())))
    return described


def _find(name: str) -> Registration:
    matching = []
    for kind in KINDS:
        matching += [e for e in registry().entries(kind) if name in (e.info.name, e.full_name)]
    if len(matching) == 1:
        return matching[0]
    if matching:
        choices = " or ".join(f"{e.full_name} ({e.info.kind})" for e in matching)
        raise UserError(f"several things are called {name!r}", f"choose {choices}")
    if "/" in name or Path(name).exists():
        raise UserError(
            f"{name} is a path: `bench show` shows a method, metric, dataset or study",
            "of a run, run.json holds the record, and `bench compare RUN ref:bicubic` shows its scores; "
            "of data, ask `bench data check`",
        )
    names = [e.info.name for kind in KINDS for e in registry().entries(kind)]
    raise registry().unknown("nothing called", name, names)


def _configuration(cls: Any) -> dict[str, Any]:
    from downbench.cli.types import type_name
    from downbench.contracts.configuration import unit_of

    fields = {
        key: {
            "default": field.get_default(call_default_factory=True) if not field.is_required() else None,
            "type": type_name(field.annotation),
            "unit": unit_of(cls.Config, key),
            "description": field.description or "",
        }
        for key, field in cls.Config.model_fields.items()
    }
    return {"configuration": fields, "presets": {key: dict(value) for key, value in cls.presets.items()}}


def _method(entry: Registration) -> dict[str, Any]:
    from downbench.contracts.method import Method

    cls = entry.load_class(Method)  # type: ignore[type-abstract]
    info: Any = entry.info
    counts = {}
    for preset, values in (cls.presets or {"": {}}).items():
        config = cls.Config.model_validate(dict(values))
        with running(f"method {info.name!r}", cls, UserError):
            parts = dict(cls.parameters(config, STANDARD_PREDICTORS))
        if parts:
            counts[preset] = parts
    return {
        "probabilistic": info.probabilistic,
        "past": info.past,
        "future": info.future,
        "window": info.window,
        "refines_time": info.refines_time,
        "training": info.training,
        "where_coarse_rain_is_not_the_mean": dict(cls.where_not_mean),
        **_configuration(cls),
        "parameters": counts,
        "description": help_text(cls),
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
    info: Any = entry.info
    mean = (
        "the mean of the fine rain"
        if cls.coarse_is_mean
        else "held against the mean of the fine rain in every run"
    )
    return {
        **_configuration(cls),
        "licence": info.licence,
        "coarse_rain": mean,
        "description": help_text(cls),
    }


def _study(entry: Registration) -> dict[str, Any]:
    study: Any = entry.load()
    return {
        "reference_method": study.reference,
        "questions": dict(study.questions),
        "settings": dict(study.settings),
        "metrics": list(study.metrics),
    }


_DESCRIBE = {"method": _method, "metric": _metric, "dataset": _dataset, "study": _study}
