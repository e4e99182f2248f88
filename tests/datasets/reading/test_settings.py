"""Options of reading: what the documentation lists, and how messages name them."""

from __future__ import annotations

import re
import shlex

import pytest
import yaml
from folders import ROOT
from pydantic import ValidationError

from downbench_datasets.files.config import RainFilesConfig
from downbench_datasets.reading.settings import ReadingConfig, coarse_files, option


def test_the_page_lists_every_option():
    page = (ROOT / "docs" / "use" / "reading.md").read_text(encoding="utf-8").split("## All options")[1]
    assert re.findall(r"^\| `(\w+)` \|", page, re.M) == list(ReadingConfig.model_fields)


def test_options_as_they_are_typed():
    assert option("amount", "step") == "--set files.amount=step"
    assert option("units", "m day-1") == "--set 'files.units=m day-1'"


@pytest.mark.parametrize(("config", "name"), [(ReadingConfig, "reset"), (RainFilesConfig, "gap")])
def test_spans_of_time_have_an_end(config, name):
    with pytest.raises(ValidationError, match="finite number"):
        config(**{name: float("inf")})


def test_one_missing_value_is_a_list_of_one():
    assert ReadingConfig(missing=-9999).limits.missing == (-9999,)


def test_options_of_coarse_files_keep_what_was_said_of_them_through_a_shell():
    said = ReadingConfig(variable="rain: it's", select={"number": 3}, missing=(-9.0,))
    with coarse_files(said):
        typed = shlex.split(option("missing", "[-9,-8]"))
    name, value = typed[1].split("=", 1)
    assert (typed[0], name) == ("--set", "files.coarse_reading")
    assert yaml.safe_load(value) == {"variable": "rain: it's", "select": {"number": 3}, "missing": [-9, -8]}
    assert option("missing", -9) == "--set files.missing=-9"
