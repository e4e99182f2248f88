"""Every parameter of every method and dataset says what it does, in whole words and with its unit."""

import pytest

from downbench.contracts.configuration import unit_of
from downbench.plugins.registry import Registry

ENTRIES = [entry for kind in ("method", "dataset") for entry in Registry().entries(kind)]
PHYSICAL = {"threshold": "mm/h", "wet": "mm/h", "trace": "mm/h", "rain_scale": "mm/h", "hours": "h"}


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.info.name)
def test_every_parameter_is_described(entry):
    fields = entry.load().Config.model_fields
    without = [name for name, field in fields.items() if len((field.description or "").split()) < 3]
    assert not without, f"{entry.info.name} has parameters without a description: {without}"
    unended = [name for name, field in fields.items() if not (field.description or "").endswith(".")]
    assert not unended, f"descriptions are sentences that end in a full stop: {unended}"


def test_physical_parameters_have_their_unit():
    units = {
        (entry.info.name, name): unit_of(entry.load().Config, name)
        for entry in ENTRIES
        for name in entry.load().Config.model_fields
        if name in PHYSICAL and entry.info.kind == "method"
    }
    assert units
    assert {key: unit for key, unit in units.items() if unit != PHYSICAL[key[1]]} == {}
