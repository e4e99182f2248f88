"""The list of all runs of a site, and one colour a method on all of its pages."""

from __future__ import annotations

import json

from downbench_leaderboard.records.entry import Entry
from downbench_leaderboard.records.reading import Hidden
from downbench_leaderboard.records.schema import read_run
from downbench_leaderboard.writing import colours_of_entries, write_index


def test_the_list_names_what_is_shown_and_why_others_are_not(make, tmp_path):
    entry = Entry(read_run(make.run("ofdiff", seed=4)), "runs/x.html", "a/b", marks=("imported",))
    write_index(tmp_path, [entry], [Hidden("c/d", "it is damaged")], {"methods/y.html": "k"})
    results = json.loads((tmp_path / "results.json").read_text())
    (run,) = results["runs"]
    assert (run["method"], run["seed"], run["record"], run["marks"]) == (
        "ofdiff",
        4,
        "runs/x.json",
        ["imported"],
    )
    assert results["methods"] == [{"page": "methods/y.html", "key": "k"}]
    assert results["not_shown"] == [{"place": "c/d", "reason": "it is damaged"}]


def test_controls_and_others_have_colours_of_their_own_kind(make):
    entries = [Entry(read_run(make.run(name)), f"runs/{name}.html", name) for name in ("ofdiff", "bicubic")]
    assert list(colours_of_entries(entries).values()) == ["m0", "k0"]


def test_a_new_method_changes_the_colour_of_no_other(make):
    def entry(name, day):
        return Entry(read_run(make.run(name, created=f"2026-01-{day}T00:00:00+00:00")), f"{name}.html", name)

    before = [entry("unet", "02"), entry("ofdiff", "03"), entry("bicubic", "04")]
    after = [entry("a-new-one", "05"), *before, entry("unet", "06")]
    colours = colours_of_entries(after)
    assert colours.items() >= colours_of_entries(before).items()
    assert len(set(colours.values())) == 4
