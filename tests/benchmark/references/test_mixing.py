"""References among the runs of a leaderboard, marked, and only where they belong."""

import json
import shutil
from pathlib import Path

import pytest
from toy_runs import PLUGIN

from downbench import each_run
from downbench.references.mixing import with_references
from downbench.store.runs import RunFile


@pytest.fixture
def runs(own):
    return own["long"].parents[6]


def test_they_follow_the_runs_of_their_frames(installed, runs, own):
    mixed = list(with_references(each_run(runs)))
    assert [one.marks for one in mixed[:3]] == [()] * 3
    marked = mixed[3:]
    assert {one.marks for one in marked} == {("reference",)}
    frames = {(one.run["frames"]["n"], one.run["method"]["name"]) for one in marked}
    assert frames == {(168, "bicubic"), (168, "nearest"), (168, "noisy"), (12, "bicubic")}
    only = [one for one in each_run(runs) if one.directory == own["other"]]
    assert list(with_references(only)) == only
    assert len(list(with_references(only, other_frames=True))) == len(only) + len(marked)


def test_the_very_run_is_left_out(installed, campaign):
    assert len(list(with_references(each_run(campaign)))) == len(list(each_run(campaign)))


@pytest.mark.parametrize("run", [None, {}, {"status": "finished"}, {"status": "finished", "dataset": 1}])
def test_damaged_records_pass(installed, tmp_path, run):
    record = RunFile(tmp_path, run, "damaged")
    assert list(with_references([record])) == [record]


def test_the_board_marks_them(bench, installed, runs):
    said = json.loads(bench("leaderboard", runs, "--out", "site", "--json", *PLUGIN).stdout)
    assert (said["runs"], said["tables"]) == (7, 3)
    shown = json.loads(Path("site/results.json").read_text())["runs"]
    assert sorted(tuple(one["marks"]) for one in shown) == [()] * 3 + [("reference",)] * 4
    shutil.rmtree("site")
    said = json.loads(bench("leaderboard", runs, "--out", "site", "--no-reference", "--json", *PLUGIN).stdout)
    assert said["runs"] == 3
    shutil.rmtree("site")
    said = json.loads(bench("leaderboard", "nothing", "--all-references", "--json", *PLUGIN).stdout)
    assert said["runs"] >= 4
    page = Path("site/index.html").read_text()
    assert "Yours" not in page
