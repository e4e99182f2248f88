"""Intervals of single runs: resamples, coverage against a known truth, and reasons for having none."""

from __future__ import annotations

import numpy as np
import pytest
from scoring_metrics import built_in_metrics
from scoring_world import DAY, make_world

from downbench import Metric
from downbench.scoring.inference import bootstrap
from downbench.scoring.inference.bootstrap import resample_bins
from downbench.scoring.inference.intervals import bias_corrected
from downbench.scoring.inference.values import work_out
from downbench.scoring.layout import TimeLayout
from downbench.scoring.statistics import Statistics

CRPS = {"crps": built_in_metrics()["crps"]}


def statistics_of(values, block=1):
    """Statistics whose CRPS is the mean of one value a day."""
    days = np.datetime64("2020-01-01T00:00:00") + np.arange(len(values)) * DAY
    layout = TimeLayout.of([("s", days)], DAY)
    arrays = {"crps": np.asarray(values, float)[:, None], "weight": np.ones((len(values), 1))}
    keys = {"crps": {"crps": "crps", "weight": "weight"}}
    return Statistics(arrays, dict.fromkeys(arrays, "step"), keys, layout, ("all",), 5, {}, block)


def whole(statistics):
    rows, _ = work_out(statistics, CRPS, True)
    return next(row for row in rows if row["season"] == "all")


def test_resamples_are_whole_blocks_of_one_sequence():
    owner = np.repeat([0, 1], [7, 9])
    times = resample_bins(owner, 3, 200, seed=0)
    assert times.shape == (200, 16)
    assert (times.sum(axis=1) == 15).all()
    assert (resample_bins(np.repeat([0, 1], 3), 3, 50, 0) % 1 == 0).all()
    assert set(map(tuple, resample_bins(np.repeat([0, 1], 3), 3, 50, 0))) <= {
        (2, 2, 2, 0, 0, 0),
        (1, 1, 1, 1, 1, 1),
        (0, 0, 0, 2, 2, 2),
    }


def test_interval_of_a_mean_agrees_with_the_normal_one():
    values = np.random.default_rng(0).normal(5, 2, 400)
    row = whole(statistics_of(values))
    error = 1.96 * values.std(ddof=1) / 20
    assert row["value"] == pytest.approx(values.mean())
    assert row["low"] == pytest.approx(values.mean() - error, abs=0.2 * error)
    assert row["high"] == pytest.approx(values.mean() + error, abs=0.2 * error)


def test_blocks_widen_the_interval_of_persistent_values():
    noise = np.random.default_rng(1).normal(size=600)
    values = np.convolve(noise, np.ones(6), "valid")
    alone, together = (whole(statistics_of(values, block)) for block in (1, 12))
    assert together["high"] - together["low"] > 1.5 * (alone["high"] - alone["low"])


def test_coverage_over_many_samples():
    rng = np.random.default_rng(2)
    held = 0
    for _ in range(200):
        values = rng.normal(0, 1, 40)
        drawn = values @ (resample_bins(np.zeros(40, int), 1, 400, 3) / 40).T
        low, high = bias_corrected(values.mean(), drawn)
        held += low <= 0 <= high
    assert 0.87 <= held / 200 <= 0.99


def test_constant_values_have_an_interval_of_no_width():
    row = whole(statistics_of(np.full(30, 1.5)))
    assert (row["low"], row["high"]) == (1.5, 1.5)


REASONS = [(19, 1, "19 resampling blocks"), (59, 3, "19"), (30, None, "no res")]


@pytest.mark.parametrize(("days", "block", "text"), REASONS)
def test_reasons_for_no_interval(days, block, text):
    row = whole(statistics_of(np.arange(days), block))
    assert (row["low"], row["high"]) == (None, None)
    assert text in row["reason_interval"]
    assert row["n_eff"] == (None if block is None else days // block)


def test_every_metric_gets_one_where_it_has_a_value():
    world = make_world(steps=(21 * 8,), tiles=1, size=32, members=2, hole=False)
    metrics = built_in_metrics()
    rows, _ = work_out(world.score(metrics), metrics, True)
    for row in rows:
        if why := metrics[row["metric"]].no_interval:
            assert row["low"] is row["high"] is None
            assert why == row["reason_interval"] or row["season"] != "all"
        elif row["region"] == row["season"] == "all" and row["value"] is not None:
            assert row["low"] <= row["high"], row
            assert np.isfinite([row["low"], row["high"]]).all()


def highest(values):
    return values.max(axis=tuple(range(1, values.ndim)))


class WettestDay(Metric):
    """Mean over time bins of the highest weight in a histogram's bin."""

    name = "wettest-day"

    def statistics(self, chunk):
        return {"truth": chunk.histogram("truth")}

    def value(self, totals):
        return float(totals.each("truth", highest).mean())


class InMemory(WettestDay):
    """The same from all bins at once."""

    name = "in-memory"

    def value(self, totals):
        return float(highest(totals.bins["truth"]).mean())


def test_what_is_found_in_single_bins_is_drawn_with_them():
    world = make_world(steps=(21 * 8, 9 * 8), tiles=1, size=32, members=2)
    metrics = {metric.name: metric() for metric in (WettestDay, InMemory)}
    rows, _ = work_out(world.score(metrics), metrics, True)
    one, two = ([r | {"metric": ""} for r in rows if r["metric"] == name] for name in metrics)
    assert one == two
    assert any(row["low"] is not None and row["low"] < row["high"] for row in one)


def test_no_metric_of_ours_holds_the_drawn_bins(monkeypatch):
    """Memory would grow with the days of the record."""

    def refuse(*_):
        raise AssertionError

    monkeypatch.setattr(bootstrap, "drawn_rows", refuse)
    metrics = built_in_metrics()
    world = make_world(steps=(21 * 8,), tiles=1, size=32, members=2, hole=False)
    rows, _ = work_out(world.score(metrics), metrics, True)
    assert not [row for row in rows if "failed" in (row["reason"] or "")]
    assert not [row for row in rows if "resamples" in (row["reason_interval"] or "")]
