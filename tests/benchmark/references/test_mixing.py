"""References among the runs of a leaderboard, marked, and only where they belong."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from toy_runs import PLUGIN

from downbench import each_run
from downbench.findings.stored_run import StoredRun
from downbench.references import mixing
from downbench.references.index import scored_frames
from downbench.references.mixing import REPLACED, each_unread_reference
from downbench.references.shipped import all_references, unpack
from downbench.store.record import RunRecord


@pytest.fixture
def runs(own):
    return own["long"].parents[6]


def of(files):
    """Frames and ensembles of runs, by the model of the record."""
    bare = [{key: value for key, value in file.run.items() if key != "digest"} for file in files]
    records = [RunRecord.model_validate(content) for content in bare]
    return {scored_frames(record).key for record in records}, {record.keys.sample for record in records}


def test_they_are_of_the_frames_of_the_runs(installed, runs, own):
    unread = list(each_unread_reference(*of(each_run(runs))))
    marked = [one.read() for one in unread]
    assert {one.marks for one in marked} == {("reference",)}
    assert len({one.digest for one in unread}) == len(unread)
    frames = {(one.run["frames"]["n"], one.run["method"]["name"]) for one in marked}
    assert frames == {(168, "bicubic"), (168, "nearest"), (168, "noisy"), (12, "bicubic")}
    only = [one for one in each_run(runs) if one.directory == own["other"]]
    assert list(each_unread_reference(*of(only))) == []
    assert len(list(each_unread_reference(*of(only), other_frames=True))) == len(marked)


def test_what_newer_ones_replace_says_so(installed, runs, monkeypatch):
    """Of the two archives of bicubic on equal frames, one of an older version with another seed."""
    every = all_references()
    [bicubic] = [
        one for one in every if (one.reference.method, one.reference.scored.frames.n) == ("bicubic", 168)
    ]
    now = replace(
        bicubic, reference=bicubic.reference.model_copy(update={"archive": "toy/now.bench.zip", "seed": 7})
    )
    older = replace(bicubic, reference=bicubic.reference.model_copy(update={"older": True}))
    monkeypatch.setattr(mixing, "all_references", lambda: [older, now])
    stored = StoredRun(Path("x"), unpack(bicubic).record, ("reference",))
    monkeypatch.setattr(mixing, "unpacked", lambda some: [(one, stored) for one in some])
    marks = [one.read().marks for one in each_unread_reference([], [], other_frames=True)]
    assert marks == [("reference", REPLACED), ("reference",)]


def test_the_very_run_is_left_out(installed, campaign):
    assert list(each_unread_reference(*of(each_run(campaign)))) == []


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


@pytest.mark.parametrize("run", [None, {}, {"status": "finished"}, {"status": "finished", "dataset": 1}])
def test_a_damaged_record_hides_no_reference(bench, installed, runs, tmp_path, run):
    shutil.copytree(runs, tmp_path / "damaged")
    sample = next((tmp_path / "damaged").rglob("scores"))
    (sample / "broken").mkdir()
    (sample / "broken" / "run.json").write_text("{" if run is None else json.dumps(run))
    said = json.loads(bench("leaderboard", tmp_path / "damaged", "--out", "site", "--json", *PLUGIN).stdout)
    assert said["runs"] == 7
    shown = json.loads(Path("site/results.json").read_text())["runs"]
    assert sum(one["marks"] == ["reference"] for one in shown) == 4
