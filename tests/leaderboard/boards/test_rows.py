"""Runs that differ in their seed alone are one row, and what tells rows apart is said."""

from __future__ import annotations

import pytest

from downbench_leaderboard.boards.rows import fold_seeds
from downbench_leaderboard.records.entry import Entry
from downbench_leaderboard.records.schema import read_run


def entries(*runs):
    return [Entry(read_run(run), f"runs/{i}.html", f"place{i}") for i, run in enumerate(runs)]


@pytest.mark.parametrize(
    "change",
    [
        {"method__version": "0.2.0"},
        {"method__preset": "paper"},
        {"method__configuration": {"steps": 4}},
        {"method__finishing": {"conserve": "on"}},
        {"method__distribution": "theirs"},
        {"method__weights": {"digest": "1" * 64, "training": {"label": "elsewhere"}}},
        {"seed": 0},
    ],
)
def test_what_differs_in_anything_else_is_another_row(make, change):
    alike = fold_seeds(entries(make.run("ofdiff"), make.run("ofdiff", seed=1)))
    assert [len(row.entries) for row in alike] == [2]
    apart = fold_seeds(entries(make.run("ofdiff"), make.run("ofdiff", **{"seed": 1, **change})))
    assert [len(row.entries) for row in apart] == [1, 1]
    assert len({row.id for row in apart}) == 2
    assert len({row.label for row in apart}) == 2


def test_of_a_seed_that_ran_twice_the_newest_stands_with_the_others(make):
    runs = [make.run("ofdiff", created=f"2026-01-0{day}T00:00:00+00:00") for day in (1, 3, 2)]
    first, *others = fold_seeds(entries(make.run("ofdiff", seed=1), *runs))
    assert [(entry.run.seed, entry.run.created[:10]) for entry in first.entries] == [
        (0, "2026-01-03"),
        (1, make.run("ofdiff")["created"][:10]),
    ]
    assert [[entry.run.created[:10] for entry in row.entries] for row in others] == [
        ["2026-01-02"],
        ["2026-01-01"],
    ]


def test_the_only_row_of_a_method_goes_by_its_name(make):
    (row,) = fold_seeds(entries(make.run("ofdiff")))
    assert (row.id, row.name, row.maker) == ("ofdiff", "ofdiff", ("downbench", "ofdiff"))
    two = fold_seeds(entries(make.run("ofdiff"), make.run("ofdiff", method__preset="paper")))
    assert all(row.id.startswith("ofdiff~") for row in two)


@pytest.mark.parametrize("name", ["", "  ", "\u200b\u00a0"])
def test_a_name_that_nobody_can_see_is_said_to_be_none(make, name):
    (row,) = fold_seeds(entries(make.run("ofdiff", method__name=name)))
    assert row.label == "(no name)"


def test_settings_of_one_preset_tell_rows_apart_before_their_marks_do(make):
    runs = [read_run(make.run("ofdiff", method__configuration={"steps": steps})) for steps in (4, 8)]
    made = [
        Entry(run, "runs/0.html", f"{i}", marks=marks)
        for i, (run, marks) in enumerate(zip(runs, ((), ("reference",)), strict=True))
    ]
    assert sorted(row.label for row in fold_seeds(made)) == ["ofdiff (steps=4)", "ofdiff (steps=8)"]


def test_one_s_own_row_says_its_seed_where_a_reference_has_another(make):
    def labels(*each):
        made = [
            Entry(read_run(make.run("ofdiff", seed=seed)), "runs/0.html", f"{i}", marks=marks)
            for i, (seed, marks) in enumerate(each)
        ]
        return sorted(row.label for row in fold_seeds(made))

    assert labels((3, ()), (0, ("reference",))) == ["ofdiff (reference)", "ofdiff, seed 3"]
    assert labels((0, ()), (0, ("reference",))) == ["ofdiff", "ofdiff (reference)"]
    assert labels((3, ()), (0, ("imported",))) == ["ofdiff", "ofdiff (imported)"]


def test_what_a_preset_gives_now_goes_by_the_name_of_its_method(make):
    runs = [read_run(make.run("ofdiff", method__configuration={"steps": steps})) for steps in (4, 8)]
    marks = (("reference",), ("reference", "not today's preset"))
    made = [
        Entry(run, "runs/0.html", f"{i}", marks=own)
        for i, (run, own) in enumerate(zip(runs, marks, strict=True))
    ]
    rows = sorted(fold_seeds(made), key=lambda row: row.label)
    assert [row.label for row in rows] == ["ofdiff", "ofdiff (steps=8)"]
    assert rows[0].id == "ofdiff", "a link names it so"
    assert rows[1].id.startswith("ofdiff~")


def test_parameters_that_differ_are_named_and_others_are_not(make):
    runs = [make.run("ofdiff", method__configuration={"steps": steps, "width": 16}) for steps in (4, 8)]
    details = [row.detail for row in fold_seeds(entries(*runs))]
    assert sorted("steps=4" in detail for detail in details) == [False, True]
    assert not any("width" in detail for detail in details)


def test_rows_are_told_apart_by_as_few_words_as_there_need_be(make):
    """What all rows of a method share is no part of their names; a version is where nothing else differs."""
    marked = [((), "tiny", "1"), (("reference",), "tiny", "1"), ((), "paper", "1"), ((), "paper", "2")]
    made = [
        Entry(
            read_run(make.run("ofdiff", method__preset=preset, method__version=version)),
            f"runs/{i}.html",
            f"{i}",
            marks=marks,
        )
        for i, (marks, preset, version) in enumerate(marked)
    ]
    assert [row.label for row in sorted(fold_seeds(made), key=lambda row: row.entries[0].place)] == [
        "ofdiff (tiny)",
        "ofdiff (reference)",
        "ofdiff (paper · 1)",
        "ofdiff (paper · 2)",
    ]


def test_a_row_says_what_finishes_its_samples_and_that_weights_were_handed_over(make):
    helped = make.run("ofdiff", method__finishing={"conserve": "on", "memory": "fitted"})
    helped["method"]["weights"] = {"digest": "1" * 64, "training": {"label": "elsewhere"}}
    (row,) = fold_seeds(entries(helped))
    assert "conserve, memory" in row.detail
    assert "not fitted here, but on elsewhere" in row.detail


def test_a_row_says_that_its_method_was_not_trained_on_pairs(make):
    alone = make.run("ofdiff-self-supervised", method__training="coarse only")
    paired, unpaired = sorted(row.detail for row in fold_seeds(entries(make.run("ofdiff"), alone)))[::-1]
    assert unpaired.startswith("coarse only")
    assert "pairs" not in paired


def test_a_row_of_a_shift_track_says_what_was_fitted_on(make):
    shifted = make.run("ofdiff", seed=7)
    shifted["track"] = {"name": "south", "training": {"label": "north"}, "overlap": {"verdict": "none"}}
    own, theirs = sorted(row.detail for row in fold_seeds(entries(make.run("ofdiff", seed=8), shifted)))
    assert "track" not in own
    assert "track south: fitted on north" in theirs


def test_seeds_that_were_verified_otherwise_are_one_row_of_the_least_of_it(make):
    marks = (("reference", "made again"), ("reference", "scores checked"), ("reference",))
    each = [
        Entry(read_run(make.run("ofdiff", seed=seed)), f"runs/{seed}.html", f"{seed}", marks=own)
        for seed, own in enumerate(marks)
    ]
    assert [row.marks for row in fold_seeds(each)] == [("reference",)]
    [row] = fold_seeds(each[:2])
    assert (len(row.entries), row.marks) == (2, ("reference", "scores checked"))
