"""What is said besides a suite file wins over it; what is not said is as the file or the default has it."""

from __future__ import annotations

import pytest

from downbench import UserError
from downbench.suite.asking import ask

FILE = "methods: [bicubic, {name: nearest, preset: tiny}]\ndatasets: [{name: xshield, root: a}]\nmembers: 3\n"


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "suite.yaml"
    path.write_text(FILE)
    return path


def test_the_file_holds_where_nothing_is_said(file):
    suite = ask(file, members=None, seeds=None)
    assert [method.name for method in suite.methods] == ["bicubic", "nearest"]
    assert (suite.members, suite.seeds, suite.controls, suite.hours) == (3, [0], True, False)


def test_what_is_said_wins(file):
    suite = ask(file, methods=["nearest"], members=5, budget="2m", controls=False, hours=True)
    assert [method.name for method in suite.methods] == ["nearest"]
    assert (suite.members, suite.budget, suite.controls, suite.hours) == (5, 120.0, False, True)


def test_preset_and_seeds_that_are_said_win_over_those_of_a_method(tmp_path):
    path = tmp_path / "suite.yaml"
    path.write_text("methods: [a, {name: b, preset: paper, seeds: [4], set: {k: 1}}]\ndatasets: [d]\n")
    as_it_stands = ask(path).methods[1]
    assert (as_it_stands.preset, as_it_stands.seeds) == ("paper", [4])
    suite = ask(path, preset="smoke", seeds=[7, 8])
    assert (suite.preset, suite.seeds) == ("smoke", [7, 8])
    assert [(m.name, m.preset, m.seeds) for m in suite.methods] == [("a", None, None), ("b", None, None)]
    assert suite.methods[1].set == {"k": 1}


@pytest.mark.parametrize(("budget", "seconds"), [("90s", 90), ("1.5h", 5400), ("7", 7), (30, 30)])
def test_a_budget_is_a_duration(budget, seconds):
    assert ask(methods=["a"], datasets=["b"], budget=budget).budget == seconds


def test_no_root_replaces_the_one_of_the_file(file, tmp_path):
    suite = ask(file, datasets=["xshield", "files"], data_root=tmp_path)
    assert [str(dataset.root) for dataset in suite.datasets] == ["a", str(tmp_path)]
    with pytest.raises(UserError, match=f"--data-root {tmp_path} is of no dataset"):
        ask(file, data_root=tmp_path)


def test_a_track_that_is_said_twice_is_refused(tmp_path):
    with pytest.raises(UserError, match="--shift south is there twice"):
        ask(methods=["a"], datasets=["b"], shifts=["south=x.nc", "south=y.nc"])


def test_what_is_wrong_is_named():
    with pytest.raises(UserError, match="--budget '10x' is not a duration"):
        ask(methods=["a"], datasets=["b"], budget="10x")
    with pytest.raises(UserError, match="no dataset to run on"):
        ask(methods=["a"])
