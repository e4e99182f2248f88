"""``bench study``: who runs with which seeds, and whether the table says what ``bench compare`` says."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from folders import PLUGINS

from downbench import Study
from downbench.errors import UserError
from downbench.findings.stored_run import StoredRun
from downbench.findings.study_arms import arms_markdown, study_arms
from downbench.findings.study_table import study_table, to_markdown
from downbench.plugins.session import registry
from downbench.store.record import Costs, RunRecord
from downbench.store.record_parts import Cost, MethodPart
from downbench.suite.study import run_study

FOLDER = PLUGINS
PLUGINS = ("--plugin", FOLDER / "toy.py", "--plugin", FOLDER / "toy_study.py")
OPTIONS = ("-d", "toy", "--set", "toy.frames=60", "--members", "3", "--no-controls", "--leading", "2")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("study")


@pytest.fixture
def result(bench, place):
    """The study, run once; a second call finds everything finished."""
    paths = ("--runs", place / "runs", "--out", place / "out")
    return bench("study", "toy-study", *OPTIONS, *paths, "--json", *PLUGINS, code=1)


def test_a_study_runs_compares_and_writes_its_table(result, place, bench):
    payload = json.loads(result.stdout)
    rows = {row["method"]: row for row in payload["rows"]}
    assert list(rows) == ["noisy", "bilinear", "nearest", "broken"]
    # the reference and the best other one have all seeds, the rest the first
    best, other = sorted(("bilinear", "nearest"), key=lambda m: rows[m]["scores"]["crps"]["value"])
    assert rows["noisy"]["seeds"] == rows[best]["seeds"] == [0, 1, 2]
    assert rows[other]["seeds"] == [0]
    assert "ZeroDivisionError" in rows["broken"]["failure"]
    runs = {}
    for path in (place / "runs").glob("toy/*/*/samples/*/scores/*/run.json"):
        content = json.loads(path.read_text())
        runs[content["method"]["name"], content["seed"]] = path.parent
    pair = (runs["nearest", 0], runs["noisy", 0])
    compared = json.loads(bench("compare", *pair, "--metric", "crps", "--json", *PLUGINS).stdout)
    [difference] = compared["differences"]
    found = rows["nearest"]["differences"]["crps"]
    assert found["value"] == difference["difference"]
    assert (found["low"], found["high"]) == (difference["low"], difference["high"])
    assert found["reason"] == difference["reason"]  # too few days for an interval
    assert f"no interval: {found['reason']}" in (place / "out" / "toy-study-toy.md").read_text()
    assert list(rows[best]["differences"]["crps"]["by_seed"]) == ["0", "1", "2"]
    assert rows["noisy"]["scores"]["crps"]["sd"] > 0
    assert rows["noisy"]["differences"] == {}
    text = (place / "out" / "toy-study-toy.md").read_text()
    assert "| nearest | Why \\| interpolate? | " in text
    assert "broken failed: " in text
    assert json.loads((place / "out" / "toy-study-toy.json").read_text()) == payload


def test_a_study_on_a_cluster_has_the_scores_of_one_machine(result, place, bench):
    from distributed import LocalCluster

    paths = ("--runs", place / "shared", "--out", place / "shared-out", "--json", *PLUGINS)
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        there = ("--engine", "dask", "--scheduler", cluster.scheduler_address)
        found = json.loads(bench("study", "toy-study", *OPTIONS, *there, *paths, code=1).stdout)
    for ours, local in zip(found["rows"], json.loads(result.stdout)["rows"], strict=True):
        assert (ours["method"], ours["seeds"]) == (local["method"], local["seeds"])
        for column, score in local["scores"].items():
            value, wanted = ours["scores"][column]["value"], score["value"]
            assert value == (wanted and pytest.approx(wanted, rel=1e-9))
    assert "ZeroDivisionError" in found["rows"][-1]["failure"]


def test_a_cluster_needs_its_address_and_takes_no_jobs(bench):
    command = ("study", "toy-study", *OPTIONS, *PLUGINS)
    assert "--scheduler" in bench(*command, "--engine", "dask", code=2).stderr
    both = bench(
        *command, "--engine", "dask", "--scheduler", "tcp://127.0.0.1:1", "--jobs", "2", code=2
    ).stderr
    assert "--jobs is for this machine" in both


def test_what_is_no_study_or_unknown_is_said(bench, place):
    wrong = bench("study", "no-study", *OPTIONS, *PLUGINS, code=2).stderr
    assert "toy_study:WRONG is not a downbench.Study" in wrong
    assert "did you mean toy-study" in bench("study", "toy-stud", *OPTIONS, *PLUGINS, code=2).stderr
    listed = json.loads(bench("list", "studies", "--json", *PLUGINS).stdout)
    assert {row["name"] for row in listed} >= {"toy-study", "ofdiff-ablations", "rivals"}
    shown = json.loads(bench("show", "ofdiff-ablations", "--json").stdout)
    assert shown["reference_method"] == "ofdiff"


def test_verdicts_are_of_the_method_and_intervals_are_shown(monkeypatch, stored):
    row = {"metric": "crps", "component": "", "difference": -0.5, "low": -0.7, "high": -0.3, "reason": None}
    monkeypatch.setattr(
        "downbench.findings.study_table.compare",
        lambda pair, names: {"differences": [row | {"verdict": "A better"}]},
    )
    study = Study(reference="a", questions={"b": "?"}, metrics=("crps",))
    rows = study_table(study, [outcome("a", 0, 1.5), outcome("b", 0, 1.0)])
    assert rows[1]["differences"]["crps"]["verdict"] == "better"
    text = to_markdown(study, "t", rows)
    assert "| b | ? | 1 | 1 |" in text
    assert "| b | -0.5 [-0.7, -0.3] better |" in text
    rows[1]["training"] = "unpaired"
    assert to_markdown(study, "t", rows).count("| b (unpaired) |") == 3  # scores, differences, costs


def test_what_each_seed_gives_is_shown_where_there_are_several(monkeypatch, stored):
    row = {"metric": "crps", "component": "", "low": -0.7, "high": -0.3, "reason": None}
    given = iter((-0.5, 0.25))
    monkeypatch.setattr(
        "downbench.findings.study_table.compare",
        lambda pair, names: {"differences": [row | {"difference": next(given), "verdict": "A better"}]},
    )
    study = Study(reference="a", questions={"b": "?"}, metrics=("crps",))
    outcomes = [outcome(method, seed, 1.0) for method in ("a", "b") for seed in (0, 1)]
    text = to_markdown(study, "t", study_table(study, outcomes))
    assert "| b | -0.5 [-0.7, -0.3] better; by seed -0.5, +0.25 |" in text


def test_a_single_event_shows_hours_in_place_of_an_interval(monkeypatch, stored):
    row = {
        "metric": "crps",
        "component": "",
        "difference": -0.5,
        "low": None,
        "high": None,
        "reason": "short",
    }
    hours = {"metric": "crps", "component": "", "by": "hour", "times": 14, "a_better": 11}
    monkeypatch.setattr(
        "downbench.findings.study_table.compare",
        lambda pair, names: {"differences": [row | {"verdict": None}], "hours": [hours]},
    )
    study = Study(reference="a", questions={"b": "?"}, metrics=("crps",))
    text = to_markdown(study, "t", study_table(study, [outcome("a", 0, 1.5), outcome("b", 0, 1.0)]))
    assert "| b | -0.5, better in 11 of 14 hours |" in text
    assert "* no interval: short" in text


def test_costs_are_those_that_the_run_measured(stored):
    study = Study(reference="a", questions={"b": "?"}, metrics=("crps",))
    rows = study_table(study, [outcome("a", 0, 1.5)])
    assert rows[0]["cost"] == {
        "fit_cpu_s": 300.4,
        "sample_s_per_day_member": 3.8,
        "peak_memory_mb": 1196.5,
        "parameters": 5_000_000,
    }
    assert rows[1]["cost"] is None
    assert "| a | 300 | 3.8 | 1196 | 5,000,000 |" in to_markdown(study, "t", rows)


def test_settings_of_a_study_are_those_of_each_of_its_methods(tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr("downbench.suite.study.run_suite", lambda suite, *_: seen.append(suite) or [])
    study = Study(reference="nearest", questions={"bicubic": "?"}, metrics=("crps",), settings={"a": 0.5})
    run_study(study, {"datasets": [{"name": "xshield"}]}, ["bicubic.b=2"], [0], 1, tmp_path, print)
    methods = {method.name: dict(method.set) for method in seen[0].methods}
    assert methods == {"nearest": {"a": 0.5}, "bicubic": {"a": 0.5, "b": 2}}


def test_every_ablation_answers_a_question():
    from downbench_methods.ofdiff.catalogue import ABLATIONS
    from downbench_methods.ofdiff.study import ABLATIONS as STUDY

    assert set(STUDY.questions) >= {info.name for info in ABLATIONS}


def test_every_method_is_a_rival_an_ablation_or_a_control():
    from downbench.protocol import CONTROLS
    from downbench_methods import downbench_methods
    from downbench_methods.ofdiff.catalogue import ABLATIONS
    from downbench_methods.ofdiff.study import HELP, PAPER_ABLATIONS
    from downbench_methods.rivals import RIVALS

    studied = {name for study in (RIVALS, HELP, PAPER_ABLATIONS) for name in study.questions}
    studied |= {RIVALS.reference, HELP.reference}
    known = {*studied, "bilinear", *(info.name for info in ABLATIONS)}
    assert {info.name for info in downbench_methods()} == known | set(CONTROLS)


def outcome(method: str, seed: int, value: float | None) -> dict[str, object]:
    score = {"metric": "crps", "component": "", "region": "all", "season": "all", "value": value}
    return {"method": method, "seed": seed, "status": "finished", "scores": [score], "directory": "-"}


def a_cost(**known: float) -> Cost:
    empty = {"wall_s": None, "cpu_s": None, "peak_memory_mb": None, "memory_source": "VmHWM of this stage"}
    return Cost(**(empty | known))


@pytest.fixture
def stored(monkeypatch):
    """A card of a run in place of what stands on disk."""
    costs = Costs(
        fit=a_cost(cpu_s=300.4, peak_memory_mb=1095.5),
        sample=a_cost(cpu_s=16.3, peak_memory_mb=1196.5, s_per_day_member=3.8),
        score=a_cost(),
    )
    method = MethodPart.model_construct(parameters={"unet": 5_000_000, "total": 5_000_000})
    record = RunRecord.model_construct(cost=costs, method=method)
    monkeypatch.setattr("downbench.findings.study_table.open_run", lambda path: StoredRun(path, record))


def test_a_table_without_runs_has_gaps_and_means_over_seeds(stored):
    study = Study(reference="a", questions={"b": "?"}, metrics=("crps",))
    rows = study_table(study, [outcome("a", 0, 1.0), outcome("a", 1, 2.0), outcome("control", 7, None)])
    assert [row["method"] for row in rows] == ["a", "b", "control"]
    assert rows[0]["scores"]["crps"] == {"value": 1.5, "sd": pytest.approx(np.sqrt(0.5))}
    assert rows[1]["scores"]["crps"]["value"] is None
    text = to_markdown(study, "t", rows)
    assert "| a |  | 2 | 1.5 ± 0.71 |" in text
    assert "| b | ? | 0 | - |" in text


def test_the_best_others_get_more_seeds(monkeypatch):
    asked = []

    def fake(suite, runs, metrics, report, *_):
        asked.append(([m.name for m in suite.methods], suite.seeds, suite.controls))
        values = {"a": 5.0, "b": 3.0, "c": 1.0, "d": None}
        return [outcome(m.name, suite.seeds[0], values[m.name]) for m in suite.methods]

    monkeypatch.setattr("downbench.suite.study.run_suite", fake)
    study = Study(reference="a", questions={"b": "", "c": "", "d": ""}, metrics=("crps",))
    run_study(study, {"datasets": [{"name": "x"}]}, ["x.k=1", "b.k=2"], [4, 5, 6], 2, Path(), print)
    assert asked == [(["a", "b", "c", "d"], [4], True), (["a", "c"], [5, 6], False)]


def test_a_preset_that_only_some_methods_have_is_asked_of_all_at_first_and_then_of_those(monkeypatch):
    """What runs with more seeds may be methods without presets, which the others' preset does not stop."""
    presets = {"a": {}, "b": {}, "c": {"quick": {}}}
    find = lambda kind, name: SimpleNamespace(load=lambda: SimpleNamespace(presets=presets[name]))  # noqa: E731
    monkeypatch.setattr("downbench.suite.study.registry", lambda: SimpleNamespace(find=find))
    asked = []

    def fake(suite, runs, metrics, report, *_):
        asked.append((len(suite.methods), suite.preset if "preset" in suite.model_fields_set else None))
        scores = {"a": 2.0, "b": 1.0, "c": 3.0}
        return [outcome(m.name, s, scores[m.name]) for m in suite.methods for s in suite.seeds]

    monkeypatch.setattr("downbench.suite.study.run_suite", fake)
    study = Study(reference="a", questions={"b": "", "c": ""}, metrics=("crps",))
    request = {"datasets": [{"name": "x"}], "preset": "quick"}
    run_study(study, request, [], [4, 5], 2, Path(), print)
    assert asked == [(3, "quick"), (2, None)]


def test_budgets_multiply_what_is_set_or_what_the_preset_has(monkeypatch):
    asked = []

    def fake(suite, runs, metrics, report, *_):
        asked.append(({m.name: dict(m.set) for m in suite.methods}, suite.controls))
        return [outcome(m.name, suite.seeds[0], 1.0) for m in suite.methods]

    monkeypatch.setattr("downbench.suite.study.run_suite", fake)
    monkeypatch.setattr("downbench.suite.study.make_dataset", lambda spec: SimpleNamespace(factor=8))
    study = Study(
        reference="swin-ir",
        questions={"analogs": "", "bicubic": ""},
        metrics=("crps",),
        scaled={"swin-ir": ("train_steps",), "analogs": ("frames", "patches")},
    )
    steps = registry().find("method", "swin-ir").load().presets["smoke"]["train_steps"]
    request = {"datasets": [{"name": "x"}], "preset": "smoke"}
    outcomes = run_study(study, request, ["analogs.patches=50"], [0], 1, Path(), print, times=(1.0, 4.0))
    assert asked[0] == ({"swin-ir": {}, "analogs": {"patches": 50}, "bicubic": {}}, True)
    frames = registry().find("method", "analogs").load().presets["smoke"]["frames"]
    again = {"swin-ir": {"train_steps": 4 * steps}, "analogs": {"patches": 200, "frames": 4 * frames}}
    assert asked[1] == (again, False)
    assert [one["times"] for one in outcomes] == [1.0, 1.0, 1.0, 4.0, 4.0]
    plain = Study(reference="swin-ir", questions={}, metrics=("crps",))
    with pytest.raises(UserError, match="nothing of this study grows"):
        run_study(plain, request, [], [0], 1, Path(), print, times=(2.0,))


@pytest.mark.parametrize("factor", [4, 8])
def test_budgets_multiply_what_the_preset_has_at_the_factor_of_the_data(monkeypatch, factor):
    asked = []

    def fake(suite, *_):
        asked.append([m.set.get("train_steps") for m in suite.methods])
        return [outcome(m.name, suite.seeds[0], 1.0) for m in suite.methods]

    monkeypatch.setattr("downbench.suite.study.run_suite", fake)
    monkeypatch.setattr("downbench.suite.study.make_dataset", lambda spec: SimpleNamespace(factor=factor))
    scaled = dict.fromkeys(("ofdiff", "unet-crps"), ("train_steps",))
    study = Study(reference="ofdiff", questions={"unet-crps": ""}, metrics=("crps",), scaled=scaled)
    request = {"datasets": [{"name": "x"}], "preset": "tiny"}
    run_study(study, request, [], [0], 1, Path(), print, times=(1.0, 2.0))
    assert asked == [[None, None], {4: [2 * 1275, 2 * 3000], 8: [2 * 900, 2 * 1750]}[factor]]


def test_each_budget_and_each_track_has_a_table_of_its_own(stored):
    study = Study(reference="a", questions={"b": "?"}, metrics=("crps",), scaled={"a": (), "b": ()})
    values = {(1.0, None): 1.0, (4.0, None): 0.5, (1.0, "south"): 3.0}
    outcomes = [
        {**outcome("a", 0, value), "times": times, "track": track, "label": f"rain, track {track}"}
        for (times, track), value in values.items()
    ]
    arms = study_arms(study, outcomes, "title")
    assert [(arm["times"], arm["track"]) for arm in arms] == list(values)
    assert [arm["rows"][0]["scores"]["crps"]["value"] for arm in arms] == list(values.values())
    text = arms_markdown(study, arms)
    assert "# title, 4 times the budget" in text
    assert "# title, track south: rain, track south" in text
    assert "| a | 1 | 0.5 |" in text
