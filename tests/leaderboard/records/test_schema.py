"""What stands in run.json is checked before a page believes it."""

from __future__ import annotations

import pytest

from downbench_leaderboard.records.plain import DEEPEST, depth_of, finite, printable
from downbench_leaderboard.records.schema import read_run


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_score_that_is_not_finite_is_null_with_that_reason(make, value):
    run = make.run()
    run["scores"] = [run["scores"][0] | {"value": value, "low": value}]
    score = read_run(run).scores[0]
    assert (score.value, score.low) == (None, None)
    assert "came out as" in score.reason


def test_finite_reaches_every_depth():
    assert finite({"a": [1.0, float("nan"), {"b": float("inf")}]}) == {"a": [1.0, None, {"b": None}]}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([], "no object"),
        ({"schema_version": 2}, "schema version 2"),
        ({"schema_version": 1, "status": "finished"}, "method"),
    ],
)
def test_what_cannot_be_read_says_why(content, message):
    with pytest.raises(ValueError, match=message):
        read_run(content)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("scores", "none"),
        ("status", "paused"),
        ("metrics", {"crps": {"direction": "up"}}),
        ("curves", {"psd": 1}),
    ],
)
def test_a_field_of_the_wrong_kind_is_named(make, key, value):
    with pytest.raises(ValueError, match=key):
        read_run(make.run() | {key: value})


def test_null_and_absent_fields_are_the_same(make):
    run = make.run()
    for key in ("limit", "curves", "rain", "cost", "test_evaluations"):
        run[key] = None
    without = {key: value for key, value in run.items() if value is not None}
    assert read_run(run) == read_run(without)


def test_a_stand_in_always_says_so(make):
    assert read_run(make.run(dataset__label="mine")).dataset.shown == "mine (stand-in)"
    assert read_run(make.run()).dataset.shown == "xshield (stand-in)"


@pytest.mark.parametrize("key", ["metric", "component", "region", "season", "value", "n_eff", "members"])
def test_a_score_without_what_a_table_needs_is_named(make, key):
    run = make.run()
    del run["scores"][3][key]
    with pytest.raises(ValueError, match=rf"scores\.3\.{key}: Field required"):
        read_run(run)


def test_figures_that_nobody_can_show_are_named(make):
    with pytest.raises(ValueError, match="members"):
        read_run(make.run() | {"members": 10**400})


def test_halves_of_surrogate_pairs_become_something_that_can_be_written():
    shown = printable({"a\ud800": ["b\udcff", 1]})
    assert shown == {"a?": ["b?", 1]}


def test_deep_lists_are_refused_before_they_are_walked():
    deep: list = []
    for _ in range(900):
        deep = [deep]
    with pytest.raises(ValueError, match="nested too deeply"):
        printable(deep)


def test_levels_are_counted_no_further_than_what_is_too_deep():
    assert [depth_of(value) for value in (1, [], [[1], {"a": [2]}])] == [0, 1, 3]
    deep: list = []
    for _ in range(900):
        deep = [deep]
    assert depth_of(deep) == DEEPEST + 1
