"""``bench schema``: the JSON schema of the records that a run leaves."""

from __future__ import annotations

import json as json_
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from downbench.cli.options import Json

if TYPE_CHECKING:
    from pydantic import BaseModel

EXAMPLES = ("bench schema fit > fit.schema.json",)


class Kind(StrEnum):
    """A record by the name of its file."""

    run = "run"
    fit = "fit"
    sample = "sample"
    failed = "failed"
    model = "model"


def schema(
    record: Annotated[
        Kind, typer.Argument(metavar="RECORD", help="The record: run, fit, sample, failed or model.")
    ] = Kind.run,
    fields: Annotated[
        bool, typer.Option("--fields", help="Print tables of the fields in Markdown, as in docs/runs.md.")
    ] = False,
    json: Json = False,
) -> dict[str, Any]:
    """Print the JSON schema of a record that a run leaves.

    The records are run.json, fit.json, sample.json, failed.json and model.json.
    """
    from downbench.models.model_card import ModelCard
    from downbench.store.record import FailureRecord, FitRecord, RunRecord, SampleRecord
    from downbench.store.record_fields import describe

    models: dict[Kind, type[BaseModel]] = {
        Kind.run: RunRecord,
        Kind.fit: FitRecord,
        Kind.sample: SampleRecord,
        Kind.failed: FailureRecord,
        Kind.model: ModelCard,
    }
    model = models[record]
    made = model.model_json_schema()
    if fields and not json:
        print(describe(model), end="")
    elif not json:
        print(json_.dumps(made, indent=1))
    return made
