"""Two values of a board, read aloud."""

from __future__ import annotations

import pytest

from downbench_leaderboard.boards.boards import build_boards
from downbench_leaderboard.pages.example import example_words, ranked
from downbench_leaderboard.records.entry import Entry
from downbench_leaderboard.records.schema import read_run


def first_of(make, *names):
    runs = [read_run(make.run(name)) for name in names]
    (board,) = build_boards([Entry(run, f"runs/{i}.html", f"place{i}") for i, run in enumerate(runs)])
    return board, board.first


def test_the_best_is_held_against_what_errors_are_relative_to(make):
    board, column = first_of(make, "nearest", "ofdiff", "bicubic")
    assert [board.names[row] for row in ranked(board, column)] == ["ofdiff", "bicubic", "nearest"]
    words = "ofdiff, the best, has 0.0412 mm/h and bicubic 0.0628 mm/h"
    assert example_words(board, column) == words


def test_what_a_method_was_once_is_not_the_example_nor_is_another_the_best_beside_it(make):
    once = make.run("ofdiff", method__configuration={"steps": 4})
    for score in once["scores"]:
        score["value"] = 0.001
    runs = [(once, ("older version",)), (make.run("ofdiff"), ()), (make.run("bicubic"), ())]
    (board,) = build_boards(
        [Entry(read_run(run), f"{i}.html", f"p{i}", marks=marks) for i, (run, marks) in enumerate(runs)]
    )
    assert board.rows[0].marks == ("older version",)
    assert example_words(board, board.first).startswith("ofdiff (steps=8) has 0.0412 mm/h")


def board_with_ablation(make, *names):
    ablation = make.run("ofdiff-no-flow", method__tags=["ablation"])
    for score in ablation["scores"]:
        score["value"] = 0.001
    runs = [read_run(run) for run in (ablation, *(make.run(name) for name in names))]
    (board,) = build_boards([Entry(run, f"runs/{i}.html", f"place{i}") for i, run in enumerate(runs)])
    return board


def test_an_ablation_has_its_rank_but_is_not_the_example(make):
    board = board_with_ablation(make, "ofdiff", "bicubic")
    assert [board.names[row] for row in ranked(board, board.first)] == ["ofdiff-no-flow", "ofdiff", "bicubic"]
    assert example_words(board, board.first) == "ofdiff has 0.0412 mm/h and bicubic 0.0628 mm/h"


@pytest.mark.parametrize("names", [["ofdiff"], ["bicubic"], ["bicubic", "nearest"]])
def test_nothing_is_said_where_the_best_would_be_held_against_itself(make, names):
    """Without a control there is nothing to hold it against; of controls alone, bicubic is the best."""
    assert example_words(*first_of(make, *names)) == ""
