"""Commands and sentences say what the records say."""

from __future__ import annotations

import shlex

import pytest

from downbench import DatasetInfo, repeat_command
from downbench_leaderboard.boards.boards import build_boards
from downbench_leaderboard.pages.words import (
    add_command,
    beyond_words,
    bibtex,
    direction_words,
    facts_of,
    file_words,
    fitting_words,
    get_command,
    get_words,
    relation_text,
)
from downbench_leaderboard.records.entry import Entry
from downbench_leaderboard.records.schema import read_run

# A record without `relative_to` is of its default, which the preset has no more: a command would set it.
NOW = {"steps": 8, "relative_to": "interpolation"}


def test_the_command_makes_the_run_again(make):
    days = {"days": 9, "path": "/home/me"}
    run = read_run(
        make.run("ofdiff", seed=3, limit=24, dataset__configuration=days, method__configuration=NOW)
    )
    words = shlex.split(repeat_command(run))
    assert words[:6] == ["bench", "run", "-m", "ofdiff", "-d", "xshield"]
    assert list(zip(words[6::2], words[7::2], strict=True)) == [
        ("--preset", "tiny"),
        ("--seed", "3"),
        ("--members", "8"),
        ("--limit", "24"),
        ("--set", "xshield.days=9"),
        ("--set", "ofdiff.steps=8"),
    ]


def test_files_are_named_where_the_record_does_not_say_where_they_stand(make):
    """A command that does not name its file cannot run; what other datasets are called is no file."""
    file = make.run(dataset__variant="uk_daily_2010", dataset__standin=False)
    assert "--data-root path/to/uk_daily_2010" in repeat_command(read_run(file))
    assert "--data-root" not in repeat_command(read_run(make.run(dataset__variant="stand-in")))
    assert "names no address" in get_words(read_run(file), None)
    assert "generates" in get_words(read_run(make.run()), None)


def test_a_file_whose_record_a_card_makes_is_had_by_that_card(make):
    run = read_run(make.run(dataset__name="files", dataset__variant="knmi_2010", dataset__standin=False))
    card = DatasetInfo(name="knmi", target="a:b", card="knmi.yaml", record="knmi_2010")
    assert "\u201cknmi\u201d says where its publisher has this record" in get_words(run, None, card)
    commands = [line.split() for line in get_command(run, None, card).splitlines()]
    assert commands[1:] == [
        ["bench", "data", "prepare", "knmi"],
        ["bench", "run", "-m", "bicubic", "-d", "knmi"],
    ]


def test_a_card_of_a_record_that_nothing_fetches_asks_for_a_copy(make):
    run = read_run(make.run(dataset__name="files", dataset__variant="a_pair", dataset__standin=False))
    card = DatasetInfo(
        name="pair", target="a:b", card="pair.yaml", record="a_pair", tags=("card", "your own data")
    )
    assert "no command fetches them" in get_words(run, None, card)
    assert [line.split() for line in get_command(run, None, card).splitlines()] == [
        ["bench", "show", "pair"],
        ["bench", "run", "-m", "bicubic", "-d", "pair", "--data-root", "path/to/a_pair"],
    ]
    own = read_run(make.run(dataset__name="pair", dataset__variant="pair", dataset__standin=False))
    assert "no command fetches them" in get_words(own, card)
    assert "prepare" not in get_command(own, card)


def test_what_was_handed_in_is_handed_in_again(make):
    submission = {"file": "/home/me/mine.nc", "path": "/home/me/mine.nc", "licence": "CC0"}
    run = read_run(make.run("mine", limit=24, method__submission=submission))
    words = shlex.split(repeat_command(run))
    assert words == ["bench", "submit", "path/to/mine.nc", "-d", "xshield", "--name", "mine", "--limit", "24"]
    assert run.method.submission.declared == {"licence": "CC0"}


def test_a_command_sets_what_is_not_so_anyway(make):
    """Of a dataset that nobody here knows, all of it."""
    chosen = {"days": 100, "size": 64}
    made = make.run("ofdiff", dataset__configuration=chosen, method__configuration=NOW)
    command = repeat_command(read_run(made))
    assert command.endswith(" --members 8 --set xshield.days=100 --set ofdiff.steps=8")
    made["dataset"]["name"] = "theirs"
    theirs = repeat_command(read_run(made))
    assert theirs.endswith("--set theirs.days=100 --set theirs.size=64 --set ofdiff.steps=8")


def test_hostile_names_are_one_word_of_a_command(make):
    words = shlex.split(repeat_command(read_run(make.run("x; rm -rf ~"))))
    assert words[3] == "x; rm -rf ~"


def test_adding_and_citing_name_the_very_frames(make):
    (board,) = build_boards([Entry(read_run(make.run("ofdiff", limit=24)), "runs/0.html", "place")])
    assert "--members 8 --limit 24" in add_command(board)
    assert "frames " + "ab" * 6 in bibtex(board)
    assert "year = {2026}" in bibtex(board)
    assert get_command(board.run, None).startswith("bench show xshield\n")
    assert facts_of(board.run)["factor"] == 8


def test_what_files_are_is_said_of_their_record(make):
    """The dataset of files has one title for all files of the world."""
    run = read_run(make.run(dataset__variant="uk_daily", dataset__step_hours=24.0, dataset__factor=4))
    words = "Rain every 24 h, 4 times finer than what methods are given, read from files named uk_daily."
    assert file_words(run) == words


def test_rare_rain_is_read_off_the_curve_of_the_truth():
    chart = {
        "x": [0.1, 0.03, 0.01, 0.001],
        "shared": {"truth": [0.25, 1.0, 2.9, None]},
        "y_label": "rain [mm/h]",
    }
    said = "Of all cells and times, rain exceeds 0.25 mm/h in one in 10, 2.9 mm/h in one in 100."
    assert beyond_words({"quantiles": chart}) == said
    assert beyond_words({"quantiles": {**chart, "y_label": "rain [mm]"}}) == beyond_words({}) == ""


MEASURED = {"perfect": False, "correlation": 0.81234, "bias_ratio": 1.1, "rmse": 0.25}


@pytest.mark.parametrize(
    ("relation", "notes", "words"),
    [
        ({}, ["perfect model (coarse = mean of fine)"], "mean of the fine truth"),
        ({}, ["places without coarse rain: predictions are held"], "at the nearest cell"),
        ({}, [], "does not say"),
        ({"test": {"perfect": True}}, [], "as measured"),
        (
            {"test": MEASURED},
            [],
            "field of its own, not the mean of the fine truth: correlation 0.812, ratio",
        ),
    ],
)
def test_the_relation_of_coarse_to_fine_is_what_was_measured(make, relation, notes, words):
    run = read_run(make.run(dataset__relation=relation, dataset__notes=notes))
    assert words in relation_text(run.dataset)


def test_every_direction_is_put_into_words():
    assert "up to 1" in direction_words("higher", 1.0, "1")
    assert "in mm/h" in direction_words("lower", None, "mm/h")
    assert "nearer zero" in direction_words("zero", None, "1")
    assert "Neither" in direction_words("none", None, "dB")


def test_with_what_networks_were_fitted_is_said_in_a_sentence(make):
    """A board of small networks is no ranking of what their papers have."""

    def a_run(name, seconds, preset="tiny", tags=("network",), marks=(), **changes):
        run = read_run(make.run(name, method__tags=list(tags), method__preset=preset, **changes))
        run.cost["fit"] |= {"wall_s": seconds, "cpu_s": seconds}
        return run, marks

    runs = [
        a_run("ofdiff", 300),
        a_run("ofdiff", 6000, marks=("not today's preset",), method__configuration={"steps": 99}),
        a_run("mean-noise", 150),
        a_run("quantile-mapping", 9, tags=("statistical",)),
    ]
    entries = [Entry(run, f"{i}.html", f"p{i}", marks=marks) for i, (run, marks) in enumerate(runs)]
    for run, _ in runs:
        run.device["name"] = "cpu"
    (board,) = build_boards(entries)
    assert fitting_words(board) == "Networks were fitted with tiny, in 2.5 min to 5 min of a processor each."
    (board,) = build_boards(entries[3:])
    assert fitting_words(board) == ""
