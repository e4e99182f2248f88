"""``bench schema``: the JSON schema of the records that a run leaves."""

from __future__ import annotations

import json as json_
from difflib import get_close_matches
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any

import typer

from downbench.cli.options import Json
from downbench.errors import UserError
from downbench.plugins.session import registry

if TYPE_CHECKING:
    from pydantic import BaseModel

EXAMPLES = ("bench schema fit > fit.schema.json", "bench schema card")
RECORDS = {
    "run": "downbench.store.record:RunRecord",
    "fit": "downbench.store.record:FitRecord",
    "sample": "downbench.store.record:SampleRecord",
    "failed": "downbench.store.record:FailureRecord",
    "model": "downbench.models.model_card:ModelCard",
}


def schema(
    record: Annotated[
        str, typer.Argument(metavar="RECORD", help="The record: run, fit, sample, failed, model or card.")
    ] = "run",
    fields: Annotated[
        bool,
        typer.Option("--fields", help="Print tables of the fields in Markdown, as in docs/use/records.md."),
    ] = False,
    json: Json = False,
) -> dict[str, Any]:
    """Print the JSON schema of a record or a dataset card.

    The records are run.json, fit.json, sample.json, failed.json and model.json. Plug-ins may have more.
    """
    from downbench.store.record_fields import describe

    model = _model(record)
    made = model.model_json_schema()
    if fields and not json:
        print(describe(model), end="")
    elif not json:
        print(json_.dumps(made, indent=1))
    return made


def _model(record: str) -> type[BaseModel]:
    """The model of a record of the core or of a plug-in.

    Raises:
        UserError: no such record.
    """
    targets = dict(RECORDS)
    for _, more in registry().call("downbench_records"):
        targets = {**(more or {}), **targets}
    if record not in targets:
        close = get_close_matches(record, targets, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(targets)}"
        raise UserError(f"there is no record {record!r}", hint)
    module, name = targets[record].split(":")
    model: type[BaseModel] = getattr(import_module(module), name)
    return model
