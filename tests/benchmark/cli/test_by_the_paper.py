"""What --protocol paper prints: the run's own numbers and the paper's stand apart."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from toy_runs import PLUGIN

from downbench.cli.by_the_paper import as_json, lines
from downbench.paper.estimators import Estimates


@pytest.fixture
def estimated():
    """A run of 8 members, 5,000 values of which are far too few for the extreme quantile."""
    dataset = SimpleNamespace(label="rain (stand-in)", standin=True)
    record = SimpleNamespace(
        method=SimpleNamespace(name="mine"),
        seed=1,
        dataset=dataset,
        frames=SimpleNamespace(n=12, first="2020-03-01T00"),
        track=None,
    )
    run = SimpleNamespace(record=record, directory="runs/mine")
    return [(run, Estimates(8, 5000, 0.05, 2e-5, 3e-8, 1e-8, 4e-6, 5e-3, None))]


def test_the_papers_own_numbers_stand_apart_and_are_cited(estimated):
    own, cited = "\n".join(lines(estimated)).split("Cited from ")
    [row] = [line for line in own.splitlines() if line.startswith("mine")]
    assert row.split() == ["mine,", "seed", "1", "8", "2", "3", "4", "5", "1", "-"]
    assert "rain (stand-in), 12 time steps" in own
    assert "STVD" not in own
    assert cited.startswith("arXiv:2312.06071")
    assert "mine" not in cited
    assert "fewer members than its 10 raise it" in cited
    assert "PE hangs on few cells" in cited


def test_json_keeps_them_apart_too(estimated):
    content = as_json(estimated)
    assert [one["method"] for one in content["runs"]] == ["mine"]
    assert content["cited"]["units"]["CRPS"] == 1e-5
    assert content["cited"]["rows"][0]["crps"] == 1.85


def test_run_takes_as_many_members_as_the_paper_and_shows_neither_scores_nor_references(bench):
    asked = ("-m", "nearest", "-m", "noisy", "-d", "toy", "--set", "toy.frames=40", "--metric", "crps")
    shown = bench("run", *asked, "--no-controls", "--protocol", "paper", *PLUGIN).stdout
    [own] = [line for line in shown.splitlines() if line.startswith("noisy, seed 0")]
    assert own.split()[3] == "10"
    assert "[mm/h]" not in shown
    assert "reference" not in shown


def test_other_choices_are_refused(bench, tmp_path):
    assert "not a choice" in bench("score", tmp_path, "--protocol", "papers", code=2).stderr
    refused = bench("score", tmp_path, "--protocol", "paper", "--metric", "fss", code=2).stderr
    assert "no metrics" in refused
