"""Configurations that met a test split are counted: all parameters but the seed, on the same data."""

from __future__ import annotations

import json

import pytest
from folders import PLUGINS

PLUGIN = ("--plugin", PLUGINS / "portable.py")
COMMAND = ("run", "-d", "breeze", "--no-controls", "--metric", "crps", "--json", *PLUGIN)


@pytest.fixture
def count(bench, tmp_path):
    """``test_evaluations`` of a run with some options."""

    def call(*options):
        [outcome] = json.loads(bench(*COMMAND, "-m", "batched", *options).stdout)["runs"]
        return json.loads((tmp_path / outcome["directory"] / "run.json").read_text())["test_evaluations"]

    return call


def test_only_other_parameters_on_the_same_data_count(count):
    assert count() == 1
    assert count("--seed", "7") == 1
    assert count("--members", "2") == 1
    assert count("--limit", "4") == 1
    assert count("--set", "batched.steps=2") == 2  # of sampling: the fit is the same
    assert count("--set", "batched.steps=2", "--seed", "7") == 2
    assert count("--set", "batched.smooth=false") == 3
    assert count("--set", "breeze.offset=5") == 1  # other data
    assert count("--set", "batched.steps=3", "--metric", "bias") == 4


def test_a_damaged_record_is_not_counted(count, tmp_path):
    assert count() == 1
    [path] = tmp_path.rglob("run.json")
    path.write_text('{"dataset": []}')
    assert count("--set", "batched.steps=2") == 1
