"""One bad run costs itself: it is listed under "Not shown", and everything else stands as without it."""

from __future__ import annotations

import json

import pytest

from downbench import RunFailed, find_runs
from downbench_leaderboard import site as site_
from downbench_leaderboard import writing
from downbench_leaderboard.site import build_site


def without(key):
    return lambda run: run["scores"][0].pop(key)


BAD = {
    "missing n_eff": without("n_eff"),
    "missing value": without("value"),
    "no method": lambda run: run.pop("method"),
    "no scores but text": lambda run: run.update(scores="many"),
    "huge figure": lambda run: run.update(test_evaluations=10**400),
    "deep configuration": lambda run: run["method"].update(configuration=deep(300)),
    "null dataset": lambda run: run.update(dataset=None),
    "another schema": lambda run: run.update(schema_version=99),
}


def deep(levels):
    return {"a": deep(levels - 1)} if levels else {}


@pytest.fixture
def runs(make, tmp_path):
    for name in ("bicubic", "ofdiff"):
        make.write(tmp_path / "runs", make.run(name))
    return tmp_path / "runs"


def build(runs, out):
    built = build_site(find_runs(runs), out, root=runs)
    return built, json.loads((out / "results.json").read_text("utf-8"))


@pytest.mark.parametrize("what", BAD)
def test_a_bad_run_is_listed_and_costs_nothing_else(make, runs, tmp_path, what):
    _, alone = build(runs, tmp_path / "alone")
    run = make.run("mean-noise")
    BAD[what](run)
    make.write(runs, run, at="xshield/bad/fit1")
    built, results = build(runs, tmp_path / "site")
    assert (built.runs, built.hidden) == (2, 1)
    [listed] = results["not_shown"]
    assert listed["place"].startswith("xshield/bad/fit1")
    assert "run.json" in listed["reason"]
    assert results["runs"] == alone["runs"]


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, "{}", "", "null", '{"schema_version": 1, "scores": ' + "[" * 300 + "]" * 300 + "}"],
)
def test_text_that_is_no_run_is_listed(make, runs, tmp_path, text):
    make.write(runs, text, at="xshield/bad/fit1")
    built, results = build(runs, tmp_path / "site")
    assert (built.runs, built.hidden) == (2, 1)
    assert len(results["not_shown"]) == 1


def test_an_edited_value_is_listed(make, runs, tmp_path):
    path = make.write(runs, make.run("mean-noise"), at="xshield/bad/fit1") / "run.json"
    path.write_text(path.read_text().replace('"members": 8', '"members": 9', 1))
    _, results = build(runs, tmp_path / "site")
    assert "its content is not what was written" in results["not_shown"][0]["reason"]


def test_a_run_of_before_there_were_digests_is_shown(make, runs, tmp_path):
    path = make.write(runs, make.run("mean-noise"), at="xshield/old/fit1") / "run.json"
    content = json.loads(path.read_text())
    del content["digest"]
    path.write_text(json.dumps(content))
    built, _ = build(runs, tmp_path / "site")
    assert (built.runs, built.hidden) == (3, 0)


def test_text_with_halves_of_surrogate_pairs_is_shown_with_marks(make, runs, tmp_path):
    run = make.run("mean-noise")
    run["method"]["title"] = "half \ud800 title"
    make.write(runs, run)
    built, _ = build(runs, tmp_path / "site")
    assert built.runs == 3
    assert any("half ? title" in p.read_text("utf-8") for p in (tmp_path / "site" / "methods").iterdir())


@pytest.mark.parametrize("step", ["run_page", "board_page"])
def test_a_run_that_no_page_can_be_made_of_is_listed(runs, tmp_path, monkeypatch, step):
    """Whatever else may be wrong with it, and whichever of its pages fails."""
    module = writing if step == "board_page" else site_
    actual = getattr(module, step)

    def fail(first, *others, **options):
        shown = [row.name for row in first.rows] if step == "board_page" else [first.entry.run.method.name]
        if "bicubic" in shown:
            raise ZeroDivisionError("of bicubic")
        return actual(first, *others, **options)

    monkeypatch.setattr(module, step, fail)
    built, results = build(runs, tmp_path / "site")
    assert [item["method"] for item in results["runs"]] == ["ofdiff"]
    assert results["not_shown"][0]["reason"] == "its page cannot be made: ZeroDivisionError: of bicubic"
    assert built.tables == 1
    assert not list((tmp_path / "site" / "runs").glob("bicubic*"))


def test_what_is_no_run_s_fault_is_one_message(runs, tmp_path, monkeypatch):
    actual = writing.board_page

    def fail_with_two(board, *others, **options):
        if len(board.rows) > 1:
            raise ZeroDivisionError
        return actual(board, *others, **options)

    monkeypatch.setattr(writing, "board_page", fail_with_two)
    with pytest.raises(RunFailed, match="the site cannot be made: ZeroDivisionError"):
        build(runs, tmp_path / "site")
    assert not (tmp_path / "site").exists()
