"""Scores by hour of day are those of a run that holds the frames of that hour alone."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import cftime
import numpy as np
import pytest
from scoring_metrics import built_in_metrics
from scoring_world import make_world

from downbench.dates import to_times
from downbench.scoring.engine import Accumulator
from downbench.scoring.inference.hours import hour_rows
from downbench.scoring.inference.values import work_out

NAMES = ("crps", "mse", "bias", "wet-fraction", "quantiles")


def test_each_hour_is_scored_as_if_it_were_all():
    world = make_world(steps=(21, 9), hole=False)
    metrics = {name: built_in_metrics()[name] for name in NAMES}
    rows = hour_rows(world.score(metrics), metrics, probabilistic=True)
    found = {(row["metric"], row["component"], row["season"]): row for row in rows}
    assert {season for *_, season in found} == {f"hour {h:02d}" for h in range(0, 24, 3)}
    assert "quantiles" not in {metric for metric, *_ in found}  # from histograms, which know no hours
    for hour in (0, 21):
        apart = world.accumulator(metrics)
        frames = [
            (name, tile, i, i + 1)
            for name, times in world.frames
            for tile in range(2)
            for i, time in enumerate(times)
            if time.astype("datetime64[h]").astype(int) % 24 == hour
        ]
        for cut in frames:
            apart.add(world.chunk(*cut))
        whole = work_out(apart.statistics(), metrics, True)[0]
        checked = 0
        for row in whole:
            key = row["metric"], row["component"], f"hour {hour:02d}"
            if row["region"] == row["season"] == "all" and key in found:
                assert found[key]["value"] == pytest.approx(row["value"], rel=1e-12)
                assert found[key]["n"] == len(frames) // 2
                checked += 1
        assert checked == len({m for m, _, _ in found})


def test_rows_have_the_columns_of_the_others():
    world = make_world(steps=(9,), hole=False)
    metrics = {"crps": built_in_metrics()["crps"]}
    statistics = world.score(metrics)
    [row, *_] = hour_rows(statistics, metrics, True)
    assert set(row) == set(work_out(statistics, metrics, True)[0][0])


def test_no_hours_for_longer_steps():
    world = make_world(steps=(9,), hole=False)
    object.__setattr__(world.grid, "step", np.timedelta64(6, "h"))
    metrics = {"crps": built_in_metrics()["crps"]}
    assert hour_rows(world.score(metrics), metrics, True) == []


def test_asked_for_on_the_command_line(bench, root):
    plugin = root / "tests" / "plugins" / "toy.py"
    command = ["run", "-d", "toy", "-m", "noisy", "--no-controls", "--members", "2", "--metric", "crps"]
    command += ["--json", "--plugin", plugin, "--hours"]
    [found] = json.loads(bench(*command).stdout)["runs"]
    seasons = [score["season"] for score in found["scores"] if score["season"].startswith("hour")]
    assert seasons == [f"hour {h:02d}" for h in range(0, 24, 3)]


def test_days_that_our_calendar_lacks_have_their_own_hours():
    """28 to 30 February of 360_day share the time of one day or two."""
    world = make_world(steps=(24,), hole=False)
    metrics = {"mse": built_in_metrics()["mse"]}
    statistics = world.score(metrics)
    first = cftime.datetime(2001, 2, 28, calendar="360_day")
    times = to_times([first + timedelta(hours=3 * k) for k in range(24)])
    layout = replace(statistics.layout, times=times)
    moved = replace(statistics, layout=layout, info=statistics.info | {"calendar": "360_day"})
    rows = hour_rows(moved, metrics, probabilistic=True)
    assert {row["season"]: row["n"] for row in rows} == {f"hour {h:02d}": 3 for h in range(0, 24, 3)}
    assert (
        Accumulator(metrics, world.grid, world.frames, 3, calendar="360_day").statistics().info["calendar"]
        == "360_day"
    )
