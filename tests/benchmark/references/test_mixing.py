"""References among the runs of a leaderboard, marked, and only where they belong."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from toy_runs import PLUGIN

from downbench import each_run
from downbench.findings.stored_run import StoredRun
from downbench.references import mixing
from downbench.references.made import made_of
from downbench.references.mixing import REPLACED, references_among
from downbench.references.shipped import all_references, unpack
from downbench.store.record import RunRecord
from downbench_leaderboard.records.schema import read_run


@pytest.fixture
def runs(own):
    return own["long"].parents[6]


def of(files):
    """How runs were made, by the model of the record."""
    bare = [{key: value for key, value in file.run.items() if key != "digest"} for file in files]
    records = [RunRecord.model_validate(content) for content in bare]
    return [made_of(record) for record in records]


def test_they_are_of_the_frames_of_the_runs(installed, runs, own):
    among = references_among(of(each_run(runs)))
    unread = list(among.unread)
    assert among.repeated == [False] * 3
    marked = [one.read() for one in unread]
    assert {one.marks for one in marked} == {("reference",)}
    assert len({one.digest for one in unread}) == len(unread)
    frames = {(one.run["frames"]["n"], one.run["method"]["name"]) for one in marked}
    assert frames == {(168, "bicubic"), (168, "nearest"), (168, "noisy"), (12, "bicubic")}
    only = [one for one in each_run(runs) if one.directory == own["other"]]
    assert list(references_among(of(only)).unread) == []
    assert len(list(references_among(of(only), other_frames=True).unread)) == len(marked)


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
    marks = [one.read().marks for one in references_among([], other_frames=True).unread]
    assert marks == [("reference", REPLACED), ("reference",)]


def test_the_board_reads_of_a_record_how_a_run_was_made(campaign):
    files = list(each_run(campaign))
    assert [read_run(file.run).made for file in files] == of(files)


def test_the_very_run_is_left_out(installed, campaign):
    among = references_among(of(each_run(campaign)))
    assert (list(among.unread), among.repeated) == ([], [True] * 4)


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


def test_a_run_that_repeats_a_reference_is_one_row_marked_as_both(bench, installed, campaign):
    bench("leaderboard", campaign, "--out", "site", *PLUGIN)
    page = Path("site/index.html").read_text()
    [content] = re.findall(r'<script type="application/json" id="board">(.*?)</script>', page, re.DOTALL)
    rows = [(row["name"], row["marks"]) for row in json.loads(content)["rows"]]
    assert sorted(rows) == [(name, ["repeats a reference"]) for name in ("bicubic", "nearest", "noisy")]


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
