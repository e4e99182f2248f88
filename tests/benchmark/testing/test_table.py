"""The page on checks has the table that the code makes, and its hints name what there is."""

from __future__ import annotations

import re
from dataclasses import fields

from folders import ROOT

import downbench
from downbench import FitContext, SampleContext
from downbench.testing.table import checks_table


def test_the_page_has_every_check_as_the_code_says_it() -> None:
    page = (ROOT / "docs" / "bring" / "checking.md").read_text(encoding="utf-8")
    assert page.endswith(checks_table() + "\n"), (
        "python -m downbench.testing.table prints the new end of the page"
    )


def test_hints_name_what_a_context_and_the_package_have() -> None:
    table = checks_table()
    context = {one.name for kind in (FitContext, SampleContext) for one in fields(kind)}
    named = set(re.findall(r"\bcontext\.(\w+)", table))
    assert {name for name in named - context if not hasattr(SampleContext, name)} == set()
    assert [name for name in re.findall(r"\bdownbench\.(\w+)", table) if not hasattr(downbench, name)] == []
