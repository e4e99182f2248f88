"""The documentation of the records agrees with their models."""

from __future__ import annotations

from pathlib import Path

import pytest

from downbench.models.model_card import ModelCard
from downbench.store.record import FailureRecord, FitRecord, RunRecord, SampleRecord
from downbench.store.record_fields import describe, fields_table, parts_of, unit_of

RECORDS = (RunRecord, FitRecord, SampleRecord, FailureRecord, ModelCard)


def test_the_documentation_is_that_of_the_models(root: Path) -> None:
    """Otherwise: paste what ``bench schema RECORD --fields`` prints."""
    assert describe(*RECORDS) in (root / "docs" / "use" / "records.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("model", [*RECORDS, *parts_of(*RECORDS)], ids=lambda model: model.__name__)
def test_every_field_says_what_it_is(model: type) -> None:
    bare = [name for name, field in model.model_fields.items() if not field.description]
    assert bare == []


def test_a_unit_stands_behind_its_description() -> None:
    assert unit_of("Time on the clock [s]") == ("Time on the clock", "s")
    assert unit_of("Name of the method") == ("Name of the method", "")
    assert "| `wall_s` | number or null | s | Time on the clock |" in fields_table(
        next(part for part in parts_of(RunRecord) if part.__name__ == "Cost")
    )
