"""``downbench.run`` does what ``bench run`` does: same folders, same numbers, same errors."""

from __future__ import annotations

import json
import subprocess
import sys

import pandas as pd
import pytest
from folders import TOY
from python_runs import SPLITS

import downbench
from downbench import RunFailed, UserError
from downbench.api.running import Runs


def test_the_command_finds_everything_done(made, bench):
    settings = [f"--set={key}={json.dumps(value)}" for key, value in SPLITS.items()]
    metrics = [f"--metric={name}" for name in made.runs["nearest"].record.metrics]
    options = ["--no-controls", "--members=4", f"--runs={made.folder}", "--region=south=0,45,12,50"]
    where = ["run", "-m", "nearest", "-d", "files", "--data-root", made.file, "--json"]
    [outcome] = json.loads(bench(*where, *settings, *metrics, *options).stdout)["runs"]
    run = made.runs["nearest"]
    assert outcome["directory"] == str(run.directory)
    scores = pd.DataFrame(outcome["scores"])
    assert scores["value"].astype(float).equals(run.scores["value"])


def test_scores_of_all_runs_are_one_tidy_table(made):
    scores = made.runs.scores
    assert set(scores["method"]) == {"noisy", "nearest"}
    assert len(scores) == sum(len(run.scores) for run in made.runs)
    assert len(made.runs) == 2
    assert made.runs[0].record.method.name == "noisy"
    with pytest.raises(KeyError):
        made.runs["unet"]


def test_it_shows_headlines_side_by_side(made):
    table = made.runs.shown()
    assert list(table.columns) == ["noisy", "nearest"]
    text = repr(made.runs)
    assert "2 of 2 finished" in text
    assert f"{table.loc['crps [mm/h]', 'noisy']:.4g}" in text
    assert made.runs._repr_html_().count("<table") == 2


def test_the_errors_are_those_of_the_command(made, tmp_path):
    where = {"dataset": "files", "data_root": made.file, "runs": tmp_path}
    with pytest.raises(UserError, match="no method to run"):
        downbench.run(**where)
    with pytest.raises(UserError, match="there is no method 'ofdif'"):
        downbench.run("ofdif", settings=SPLITS, **where)
    with pytest.raises(UserError, match="'10x' is not a duration"):
        downbench.run("nearest", budget="10x", **where)
    with pytest.raises(UserError, match="names no method or dataset of this run"):
        downbench.run("nearest", settings={"unet.steps": 1}, **where)


def test_a_run_that_fails_is_an_error_or_a_warning(tmp_path):
    downbench.configure((TOY,))
    ask = {"settings": {"toy.frames": 20, "broken.how": "raise"}, "runs": tmp_path, "members": 2}
    ask |= {"controls": False, "metric": "crps"}
    with pytest.raises(RunFailed, match="on purpose"):
        downbench.run("broken", "toy", **ask)
    with pytest.warns(downbench.DownbenchWarning, match="broken on toy failed"):
        both = downbench.run(["broken", "noisy"], "toy", **ask)
    assert len(both) == 1
    assert "on purpose" in both.failed["broken on toy, seed 0"]


def test_names_are_escaped_in_html():
    outcome = {"status": "failed", "method": "<b>", "seed": 0, "label": "<script>", "scores": []}
    html = Runs([outcome | {"relation": "<i>", "reason": "<u>"}])._repr_html_()
    assert not any(tag in html for tag in ("<b>", "<script>", "<i>", "<u>"))


def test_importing_the_package_loads_nothing_heavy():
    code = "import downbench, sys; assert 'numpy' not in sys.modules; assert callable(downbench.run)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_every_public_name_is_there():
    for name in downbench.__all__:
        assert getattr(downbench, name) is not None
    with pytest.raises(AttributeError):
        _ = downbench.nothing
