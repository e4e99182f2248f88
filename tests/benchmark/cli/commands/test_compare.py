"""``bench compare``: from run directories to verdicts, and what it refuses."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
from rich.console import Console
from toy_runs import PLUGIN, toy_run

from downbench import find_standings
from downbench.cli.commands.compare import print_seed_intervals

LONG = 1040  # 208 test frames, 26 days
METRICS = [word for name in ("crps", "emd", "ranks", "lag1", "fss") for word in ("--metric", name)]


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Score directories: two seeds of an ensemble, two deterministic methods, more members, fewer frames."""
    folder = tmp_path_factory.mktemp("runs")
    make = {
        "noisy": ("noisy", ("--members", "3"), LONG),
        "other seed": ("noisy", ("--members", "3", "--seed", "1"), LONG),
        "five": ("noisy", ("--members", "5"), LONG),
        "bilinear": ("bilinear", (), LONG),
        "nearest": ("nearest", (), LONG),
        "short": ("noisy", ("--members", "3"), 60),
        "short bilinear": ("bilinear", (), 60),
    }
    return {
        label: toy_run(folder, method, *options, *METRICS, frames=frames)
        for label, (method, options, frames) in make.items()
    }


@pytest.fixture
def compare(bench, runs):
    def call(*labels, options=(), code=0):
        result = bench("compare", *(runs[label] for label in labels), "--json", *options, *PLUGIN, code=code)
        return json.loads(result.stdout) if not code else result.stderr

    return call


def standings_of(directories):
    """Of rows with one run each."""
    return find_standings([[directory] for directory in directories]).places


def find(result, metric, component="", a=0, b=1):
    [row] = [
        row
        for row in result["differences"]
        if (row["metric"], row["component"], row["a"], row["b"]) == (metric, component, a, b)
    ]
    return row


def scores(directory):
    content = json.loads((directory / "run.json").read_text())
    return {
        (s["metric"], s["component"]): s for s in content["scores"] if s["region"] == s["season"] == "all"
    }


def test_differences_are_of_the_scores_and_far_better_known(compare, runs):
    result = compare("noisy", "bilinear")
    assert (result["n"], result["n_eff"], result["block_hours"]) == (208, 26, 24)
    a, b = scores(runs["noisy"]), scores(runs["bilinear"])
    for metric, component in (("crps", ""), ("fss", "0.1 mm/h, 9 cells"), ("lag1", "absolute")):
        row, one, two = find(result, metric, component), a[metric, component], b[metric, component]
        assert row["difference"] == pytest.approx(one["value"] - two["value"])
        assert row["low"] <= row["difference"] <= row["high"]
        assert row["high"] - row["low"] < one["high"] - one["low"] + two["high"] - two["low"]
        assert row["members"] == [3, 1]
    assert find(result, "crps")["verdict"] == "A better"
    assert "here 3 and 1" in find(result, "emd")["reason"]
    assert compare("bilinear", "noisy")["differences"][0]["verdict"] == "B better"


def test_one_run_cannot_be_told_from_itself(compare):
    for row in compare("noisy", "noisy")["differences"]:
        assert row["verdict"] == "cannot be told apart"
        assert (row["difference"], row["low"], row["high"]) == (0, 0, 0)


def test_seeds_of_one_method_share_a_class(compare):
    result = compare("noisy", "other seed", "nearest", options=("--metric", "crps"))
    classes = {row["run"]: row["class"] for row in result["classes"]}
    assert classes == {0: 0, 1: 0, 2: 1}
    [seeds] = result["seeds"]
    values = [find(result, "crps", b=2)["value_a"], find(result, "crps", a=1, b=2)["value_a"]]
    assert list(seeds["values"].values()) == values
    assert seeds["sd"] == pytest.approx(np.std(values, ddof=1))


def test_few_blocks_show_hours_and_no_interval(compare, bench, runs):
    result = compare("short", "short bilinear")
    assert "2 resampling blocks, fewer than 20" in result["no_interval"]
    row = find(result, "crps")
    assert row["verdict"] is row["low"] is row["high"] is None
    assert row["difference"] < 0
    hours = {(hour["metric"], hour["component"]): hour for hour in result["hours"]}
    assert hours["crps", ""]["times"] == 12
    assert hours["crps", ""]["a_better"] == 12
    assert np.mean(list(hours["crps", ""]["differences"].values())) == pytest.approx(row["difference"])
    by_day = hours["fss", "0.1 mm/h, 9 cells"]
    assert (by_day["times"], by_day["by"]) == (2, "time bin")
    assert ("emd", "") not in hours  # three members and one, and it has no fair form
    printed = bench("compare", runs["short"], runs["short bilinear"], *PLUGIN).stdout
    assert "A better in 12/12" in printed


def test_different_frames_are_refused(compare):
    message = compare("noisy", "short", code=2)
    assert "different frames" in message
    assert "208 steps" in message
    assert "12 steps" in message


def test_unfair_metrics_need_equal_members(compare):
    result = compare("noisy", "five")
    for name in ("ranks", "emd"):
        row = find(result, name)
        assert row["verdict"] is row["difference"] is None
        assert "no fair form" in row["reason"]
    assert find(result, "crps")["verdict"] is not None
    assert find(result, "crps")["members"] == [3, 5]
    assert "no fair form" in compare("noisy", "five", options=("--metric", "ranks"), code=2)
    assert find(compare("noisy", "other seed"), "ranks")["verdict"] is not None


def test_what_is_not_there_is_one_message(compare, bench, runs):
    assert "no region 'land'" in compare("noisy", "nearest", options=("--region", "land"), code=2)
    assert "no season 'JJA'" in compare("noisy", "nearest", options=("--season", "JJA"), code=2)
    assert "bench score RUN --metric mse" in compare("noisy", "nearest", options=("--metric", "mse"), code=2)
    assert "two or more" in bench("compare", runs["noisy"], code=2).stderr


def test_the_table_says_what_was_compared(bench, runs):
    printed = bench("compare", runs["noisy"], runs["bilinear"], runs["nearest"], *PLUGIN).stdout
    assert "finishing: A none; B none; C none" in printed
    assert "n 208 time steps, n_eff 26 resampling blocks of 24 h" in printed
    assert "members 3" in printed
    [pair] = [part for part in printed.split("\n\n") if "B - C" in part]
    [row] = [line for line in pair.splitlines() if line.startswith("crps")]
    better = min("bilinear", "nearest", key=lambda label: scores(runs[label])["crps", ""]["value"])
    assert better == "nearest"
    assert row.rstrip().endswith("C better")
    assert "crps: A  |  C  |  B" in printed


def test_standings_of_a_table(compare, runs, bench):
    labels = ("bilinear", "other seed", "noisy", "nearest")
    places = standings_of(runs[label] for label in labels)
    ranks = [places["crps", ""][i].rank for i in range(4)]
    assert ranks == [2, 0, 0, 1]
    assert places["crps", ""][3].behind.verdict == "B better"
    assert standings_of([runs["short"], runs["short bilinear"]]) == {}
    assert standings_of([runs["noisy"], runs["noisy"].parent / "nothing"]) == {}


def test_standings_from_what_is_kept_are_those_from_statistics(runs, tmp_path):
    """Differences to the best run and their intervals too."""
    labels = ("bilinear", "other seed", "noisy", "nearest")
    kept = standings_of(runs[label] for label in labels)
    bare = []
    for label in labels:
        bare.append(shutil.copytree(runs[label], tmp_path / label))
        (bare[-1] / "resamples.parquet").unlink()
    worked_out = standings_of(bare)
    headlines = {("crps", ""), ("emd", ""), ("ranks", ""), ("lag1", "absolute"), ("fss", "1 mm/h, 9 cells")}
    assert kept.keys() == worked_out.keys() == headlines
    assert kept == worked_out
    (bare[0] / "statistics.zarr" / "zarr.json").write_text("{")  # neither kept nor to be worked out
    assert 0 not in standings_of(bare)["crps", ""]


def test_standings_without_opening_statistics(runs, monkeypatch):
    def refuse(*_):
        raise AssertionError

    monkeypatch.setattr("downbench.scoring.statistics.Statistics.load", refuse)
    assert standings_of([runs["noisy"], runs["nearest"]])["crps", ""][0].rank == 0


def test_differences_over_weather_and_seeds_are_printed(capsys):
    about = {"metric": "crps", "component": "", "methods": ["a", "b"]}
    result = {"seed_intervals": [about | {"difference": 0.0125, "low": -0.001, "high": 0.026}]}
    print_seed_intervals(Console(), result, {("crps", "")})
    print_seed_intervals(Console(), result, {("mse", "")})
    _, heading, line = capsys.readouterr().out.splitlines()
    assert heading == "Differences over weather and seeds together, for methods with several seeds:"
    assert line == "crps, a - b: 0.0125 [-0.001, 0.026]"
