"""Badges say which methods cannot be told apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from downbench import Standing, UserError
from downbench.scoring.inference.paired import Difference
from downbench_leaderboard import classes
from downbench_leaderboard.classes import table_badges
from downbench_leaderboard.rows import Entry
from downbench_leaderboard.schema import read_run
from downbench_leaderboard.tables import build_tables

STANDINGS = {
    ("crps", ""): {
        0: Standing(0, 0, None),
        1: Standing(0, 0, Difference(0.001, -0.002, 0.004)),
        2: Standing(1, 2, Difference(0.02, 0.01, 0.03)),
    },
    ("quantiles", "p99"): {0: Standing(0, 0, None)},
}


@pytest.fixture
def table(make):
    runs = [make.run(name) for name in ("ofdiff", "mean-noise", "nearest")]
    entries = [
        Entry(read_run(run), f"methods/{i}.html", run, f"place{i}", Path(f"run{i}"))
        for i, run in enumerate(runs)
    ]
    (table,) = build_tables(entries)
    return table


def test_letters_and_differences(table, monkeypatch):
    asked = []
    monkeypatch.setattr(classes, "find_standings", lambda places: asked.append(places) or STANDINGS)
    badges = table_badges(table)
    assert asked == [[Path("run0"), Path("run1"), Path("run2")]]  # the rows of the table, in their order
    first, second, third = badges["crps"]
    assert first == ("A", "class A, which it leads")
    assert second[0] == "A"
    assert "cannot be told apart from ofdiff" in second[1]
    assert "paired difference to ofdiff: +0.001 [-0.002, +0.004] mm/h, 95 %" in second[1]
    assert third[0] == "B"
    assert "which it leads" in third[1]


def test_only_headline_columns_have_letters(table, monkeypatch):
    monkeypatch.setattr(classes, "find_standings", lambda places: STANDINGS)
    assert set(table_badges(table)) == {"crps"}


def test_runs_without_intervals_have_no_letters(table, monkeypatch):
    def refuse(places):
        raise UserError("other frames")

    monkeypatch.setattr(classes, "find_standings", refuse)
    assert table_badges(table) == {}


def test_a_run_without_a_directory_leaves_the_table_without_letters(make):
    run = make.run("ofdiff")
    (table,) = build_tables([Entry(read_run(run), "methods/0.html", run, "place", None)])
    assert table_badges(table) == {}


def test_a_score_without_a_fair_form_is_marked_at_another_number_of_members(make, monkeypatch):
    ensemble, deterministic = make.run("ofdiff"), make.run("nearest")
    for run in (ensemble, deterministic):
        run["metrics"]["crps"]["fair"] = False
    deterministic["method"]["probabilistic"] = False
    entries = [
        Entry(read_run(run), f"methods/{i}.html", run, f"place{i}", Path(f"run{i}"))
        for i, run in enumerate((ensemble, deterministic))
    ]
    (table,) = build_tables(entries)
    monkeypatch.setattr(classes, "find_standings", lambda places: {})
    badges = table_badges(table)
    assert list(badges) == ["crps"]
    own = {entry.run.method.name: badge for entry, badge in zip(table.entries, badges["crps"], strict=True)}
    assert own["ofdiff"] is None
    assert own["nearest"][0] == "\u2260"
    assert "no fair form" in own["nearest"][1]
