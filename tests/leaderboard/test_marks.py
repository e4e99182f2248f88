"""Which numbers are marked as the best of their column, and what a cell says of its class."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from downbench import Standing, Standings, find_runs
from downbench_leaderboard.boards import standing
from downbench_leaderboard.site import build_site

METHODS = ["first", "tight", "wide", "last"]
VALUES = [0.040, 0.042, 0.043, 0.060]
CLASSES = {
    "crps": "ABAC",
    "mse": "AABB",
    "emd": "AAAA",
}  # wide is in class A though tight, of class B, is better


@pytest.fixture
def marked(make, tmp_path, monkeypatch):
    """Three columns of the same values whose classes differ; rows stand in the order of their values."""
    behind = SimpleNamespace(value=0.001, low=None, high=None)
    places = {
        (metric, ""): {
            row: Standing("ABC".index(own), letters.index(own), behind if row else None)
            for row, own in enumerate(letters)
        }
        for metric, letters in CLASSES.items()
    }
    monkeypatch.setattr(standing, "find_standings", lambda rows, parts: Standings(places, {}, 40, 3))
    for name, value in zip(METHODS, VALUES, strict=True):
        run = make.run("ofdiff", method__name=name)
        for score in run["scores"]:
            if score["metric"] in CLASSES and (score["region"], score["season"]) == ("all", "all"):
                score["value"] = value
        make.write(tmp_path / "runs", run)
    build_site(find_runs(tmp_path / "runs"), tmp_path / "site", root=tmp_path / "runs")
    return tmp_path / "site" / "index.html"


def test_no_number_is_marked_as_best_that_an_unmarked_one_exceeds_or_whose_class_tells_nothing(page, marked):
    page.open(marked, "#view=table")
    best = (
        "$$('#scores td.best').filter((t) => COLUMNS[t.dataset.c].metric === '%s')"
        ".map((t) => ROWS[t.dataset.r].name)"
    )
    assert page.run("ROWS.map((row) => row.name)") == METHODS
    assert page.run(best % "crps") == ["first"]
    assert page.run(best % "mse") == ["first", "tight"]
    assert page.run(best % "emd") == []
    page.go("#view=table&filter=wide")  # what is out of sight is no worse for it
    assert page.run(best % "crps") == []
    assert page.errors == []


def test_a_cell_says_whether_it_is_the_first_of_its_class_and_what_the_class_tells(page, marked):
    page.open(marked)
    said = {}
    for metric, row in (("crps", 0), ("crps", 1), ("crps", 2), ("emd", 3)):
        c = page.run(f"COLUMNS.findIndex((column) => column.metric === '{metric}')")
        page.click(f"#card td[data-r='{row}'][data-c='{c}']")
        said[metric, row] = page.run("document.querySelector('.popover').textContent")
        page.press("Escape")
    assert "Class A: its first row." in said["crps", 0]
    assert "Class B: its first row." in said["crps", 1]
    assert "Class A: cannot be told apart from first, its first row." in said["crps", 2]
    assert "Class A: as all here, which tells nothing of them" in said["emd", 3]
