"""What is declared and what is found, as people read it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from downbench.errors import UserError
from downbench.submission.catalogue import Finding
from downbench.submission.declared import read_declared
from downbench.submission.report import Report, ordered

FINDINGS = ordered([Finding("reversed", "y turned over"), Finding("missing", "<script>alert(1)</script>")])
REPORT = Report("mine.nc", "toy", "abc", 12, 3, FINDINGS)


def test_the_gravest_comes_first_in_every_form() -> None:
    assert not REPORT.valid
    assert REPORT.summary == "1 error, 1 note"
    text = REPORT.as_text()
    assert text.index("missing") < text.index("reversed")
    content = json.loads(json.dumps(REPORT.as_json()))
    assert [row["check"] for row in content["findings"]] == ["missing", "reversed"]
    assert content["findings"][0]["remedy"]


def test_the_page_needs_nothing_else_and_runs_nothing() -> None:
    page = REPORT.as_html()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert not re.search(r"(src|href)=|https?://", page)


def test_an_option_wins_over_the_file_beside(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("name: mine\nlicence: CC0\nauthors: [A, B]\n")
    declared = read_declared(tmp_path / "mine.nc", {"licence": "CC-BY-4.0", "cost": None})
    assert (declared.name, declared.licence, declared.authors) == ("mine", "CC-BY-4.0", ["A", "B"])
    (tmp_path / "mine.yaml").write_text("licence: CC0\ncolour: red\n")
    with pytest.raises(UserError, match="colour"):
        read_declared(tmp_path / "mine.nc", {})
    with pytest.raises(UserError, match="cannot be read"):
        read_declared(tmp_path / "mine.nc", {}, tmp_path / "nothing.yaml")
