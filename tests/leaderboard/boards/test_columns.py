"""Columns come from what runs say of their metrics; no metric is known by its name."""

from __future__ import annotations

import json

import pytest

from downbench_leaderboard.boards.boards import build_boards
from downbench_leaderboard.boards.columns import columns_of, merit, unit_power
from downbench_leaderboard.boards.groups import group_of
from downbench_leaderboard.boards.layout import layout_of
from downbench_leaderboard.records.entry import Entry
from downbench_leaderboard.records.schema import read_run


def with_metric(run, name, direction, values, headline="", first=True, **card):
    """The run with a plug-in's metric: component to value over the whole domain and time."""
    card = {"title": name, "unit": "1", "direction": direction, "headline": headline, **card}
    run["metrics"] = {name: card, **run["metrics"]} if first else {**run["metrics"], name: card}
    scope = {"region": "all", "season": "all", "n_eff": None, "members": run["members"]}
    run["scores"] += [
        {"metric": name, "component": component, "value": value, "unit": "1", **scope}
        | {"reason": "nothing to work on" if value is None else None}
        for component, value in values.items()
    ]
    return run


def board_of(*runs):
    entries = [Entry(read_run(run), f"runs/{i}.html", f"place{i}") for i, run in enumerate(runs)]
    (board,) = build_boards(entries)
    return board


def first_of(*runs):
    column = board_of(*runs).first
    return column and column.id


def ordered(*runs):
    board = board_of(*runs)
    return board.first.id if board.first else "", [row.name for row in board.rows]


def test_the_metric_that_runs_list_first_orders_the_table(make):
    names = ["nearest", "bicubic", "ofdiff"]
    assert ordered(*map(make.run, names)) == ("crps", ["ofdiff", "bicubic", "nearest"])
    skill = {"nearest": 0.5, "bicubic": 0.1, "ofdiff": 0.3}
    mine = [with_metric(make.run(name), "flood-skill", "higher", {"": skill[name]}) for name in names]
    assert ordered(*mine) == ("flood-skill", ["nearest", "ofdiff", "bicubic"])


def test_what_a_column_is_called_alone_and_in_a_sentence(make):
    """Only a headline goes without its component, and one with a number in it never does."""
    run = make.run()
    for name, headline, others in (
        ("lag9", "absolute", ["signed"]),
        ("fss", "1 mm/h", ["4 mm/h"]),
        ("crps-skill", "", []),
        ("roc", "", []),
    ):
        with_metric(run, name, "lower", dict.fromkeys([headline, *others], 0.5), headline)
    columns = {column.id: (column.brief, column.spoken) for column in columns_of([read_run(run)])}
    assert columns["lag9.absolute"] == ("lag9", "lag9")
    assert columns["lag9.signed"] == ("lag9 signed", "lag9 signed")
    assert columns["fss.1 mm/h"] == ("fss 1 mm/h", "FSS 1 mm/h")
    assert columns["crps-skill"] == ("crps-skill", "CRPS-skill")
    assert columns["roc"] == ("roc", "roc")


@pytest.mark.parametrize("word", ["crps", "psd", "ofdiff", "bicubic"])
def test_other_names_give_the_same_table(make, word):
    """What is shown must not depend on how a metric or a method is called."""
    runs = [make.run(name) for name in ("nearest", "bicubic", "ofdiff")]
    others = [json.loads(json.dumps(run).replace(word, "zz-of-somebody")) for run in runs]
    sort, rows = ordered(*runs)
    assert ordered(*others) == (
        sort.replace(word, "zz-of-somebody"),
        [name.replace(word, "zz-of-somebody") for name in rows],
    )
    ours, theirs = (columns_of(map(read_run, some)) for some in (runs, others))
    assert [(c.headline, c.direction, c.unit) for c in ours] == [
        (c.headline, c.direction, c.unit) for c in theirs
    ]


def test_a_plug_in_s_headline_shows_with_its_own_direction_and_tags(make):
    values = {"speed": 1.0, "peak": 2.0}
    run = with_metric(make.run(), "flood", "higher", values, "peak", first=False, tags=["hydrology"])
    columns = {column.id: column for column in columns_of([read_run(run)])}
    assert columns["flood.peak"].headline
    assert not columns["flood.speed"].headline
    assert (columns["flood.peak"].direction, columns["flood.peak"].unit) == ("higher", "1")
    assert columns["flood.peak"].card.tags == ["hydrology"]


@pytest.mark.parametrize(("direction", "values"), [("none", {"": 1.0}), ("lower", {"": None}), ("lower", {})])
def test_a_column_that_orders_nothing_is_not_the_first(make, direction, values):
    """Without a direction there is no best; a column of nulls, or one without scores, has none either."""
    assert first_of(with_metric(make.run(), "mine", direction, values)) == "crps"


def test_one_value_among_nulls_is_enough_to_order(make):
    names = ("ofdiff", "bicubic")
    runs = [
        with_metric(make.run(name), "mine", "lower", {"": value})
        for name, value in zip(names, (None, 1.0), strict=True)
    ]
    assert first_of(*runs) == "mine"


def test_a_table_without_any_value_has_no_first_column(make):
    assert first_of(make.run(scores=[])) is None
    assert ordered(make.run("ofdiff", scores=[])) == ("", ["ofdiff"])


def test_signed_is_a_word_of_the_component_and_none_stays_none(make):
    """An *unsigned* error is not a signed one, and a metric without direction has none for any component."""
    run = with_metric(make.run(), "a", "lower", {"unsigned": 1.0, "p99 signed": -1.0})
    run = with_metric(run, "b", "none", {"signed": -1.0})
    directions = {column.id: column.direction for column in columns_of([read_run(run)])}
    assert directions["a.unsigned"] == "lower"
    assert directions["a.p99 signed"] == "zero"
    assert directions["b.signed"] == "none"


@pytest.mark.parametrize(
    ("direction", "best_first"), [("lower", [-2, 1, 3]), ("higher", [3, 1, -2]), ("zero", [1, -2, 3])]
)
def test_merit_is_least_for_the_best(direction, best_first):
    assert sorted([3, -2, 1], key=lambda value: merit(value, direction)) == best_first


def test_numbers_in_different_units_never_share_a_column(make):
    other = make.run("bicubic")
    for score in other["scores"]:
        score["unit"] = "mm/day" if score["metric"] == "crps" else score["unit"]
    runs = [read_run(make.run("ofdiff")), read_run(other)]
    ids = [column.id for column in columns_of(runs)]
    assert "crps" in ids
    assert "crps~2" in ids
    column = next(column for column in columns_of(runs) if column.id == "crps")
    assert [column.key in layout_of(run).keys for run in runs] == [True, False]


def test_signed_components_are_best_at_zero(make):
    columns = {column.id: column for column in columns_of([read_run(make.run())])}
    assert columns["quantiles.p99"].direction == "lower"
    assert columns["quantiles.p99 signed"].direction == "zero"
    assert [c.id for c in columns.values() if c.metric == "quantiles" and c.headline] == ["quantiles.p99.99"]


def test_units_of_rain_are_known_with_their_power():
    assert [unit_power(unit) for unit in ("mm/h", "(mm/h)2", "dB", "1")] == [1, 2, 0, 0]


def test_the_group_of_a_column_follows_from_its_tags(make):
    groups = {column.id: column.group for column in columns_of([read_run(make.run())]) if column.headline}
    assert groups["crps"] == groups["mse"] == "overall"
    assert (groups["emd"], groups["quantiles.p99.99"], groups["psd"]) == ("amounts", "extremes", "texture")
    assert [
        group_of(tags) for tags in ([], ["mine"], ["mine", "spatial"], ["probabilistic", "calibration"])
    ] == [
        *("other", "other", "texture", "spread"),
    ]


def test_the_best_possible_value_is_that_of_the_range(make):
    runs = [
        with_metric(make.run(), name, "higher", {"": 0.5}, **card)
        for name, card in {"a": {"range": [0, 1]}, "b": {"range": [0, None]}, "c": {}}.items()
    ]
    tops = [
        next(c.top for c in columns_of([read_run(run)]) if c.metric == name)
        for name, run in zip("abc", runs, strict=True)
    ]
    assert tops == [1, None, None]


def test_a_metric_without_a_bound_may_say_what_is_perfect(make):
    """CRPS skill may exceed 1 by chance, since the CRPS is fair, so that its range has no end."""
    card = {"range": [None, None], "distribution": "downbench"}
    run = with_metric(make.run(), "crps-skill", "higher", {"": 0.3}, **card)
    assert next(c.top for c in columns_of([read_run(run)]) if c.metric == "crps-skill") == 1
