"""The short table after a run."""

from __future__ import annotations

from downbench.findings.summary import summarise


def score(metric, value, component="", region="all", season="all", unit="mm/h", n=60, why=None):
    names = ("metric", "value", "component", "region", "season", "unit", "n", "reason_interval")
    return dict(zip(names, (metric, value, component, region, season, unit, n, why), strict=True))


def outcome(method, *scores, seed=0, variant="", status="finished"):
    names = ("name", "scores", "seed", "label", "status", "relation")
    label = f"d ({variant})" if variant else "d"
    return dict(zip(names, (method, list(scores), seed, label, status, "as measured"), strict=True))


def test_a_column_for_each_run_and_a_row_for_each_headline():
    tables = summarise(
        [
            outcome("a", score("crps", 1.0), score("top", 5.0, "p99"), score("top", 6.0, "p50")),
            outcome("a", score("crps", 2.0), seed=3),
        ],
        {"crps": "", "top": "p99"},
    )
    assert tables["d"].methods == ["a", "a, seed 3"]
    assert tables["d"].rows == {"crps [mm/h]": [1.0, 2.0], "top p99 [mm/h]": [5.0, None]}


def test_a_method_without_a_metric_leaves_a_gap_and_shifts_nobody():
    tables = summarise(
        [outcome("a"), outcome("b", score("crps", 1.0)), outcome("c"), outcome("d", score("crps", 2.0))], {}
    )
    assert tables["d"].rows == {"crps [mm/h]": [None, 1.0, None, 2.0]}


def test_other_regions_and_seasons_and_failed_runs_are_left_out():
    tables = summarise(
        [
            outcome(
                "a", score("crps", 1.0), score("crps", 2.0, region="land"), score("crps", 3.0, season="DJF")
            ),
            outcome("b", status="failed"),
        ],
        {},
    )
    assert tables["d"].methods == ["a"]
    assert tables["d"].rows == {"crps [mm/h]": [1.0]}


def test_variants_of_a_dataset_never_share_a_table():
    tables = summarise([outcome("a", variant="stand-in"), outcome("a")], {})
    assert list(tables) == ["d (stand-in)", "d"]


def test_all_components_where_a_metric_names_no_headline():
    [table] = summarise([outcome("a", score("m", 1.0, "x"), score("m", 2.0, "y", unit=""))], {}).values()
    assert table.rows == {"m x [mm/h]": [1.0], "m y": [2.0]}


def test_the_heading_says_how_much_was_scored_and_why_there_are_no_intervals():
    why = "8 resampling blocks, fewer than 20"
    few = outcome(
        "a", score("crps", 1.0, why=why), score("psd", None, why="no value"), score("cdd", 1.0, n=2, why=why)
    )
    [table] = summarise([few], {}).values()
    assert table.heading == f"as measured; 60 time steps; no intervals: {why}"
    [table] = summarise([outcome("a", score("crps", 1.0, n=1), score("psd", 1.0, n=1, why=why))], {}).values()
    assert table.heading == "as measured; 1 time step"
