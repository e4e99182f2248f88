"""The ROC area against xskillscore, scipy's rank test, and forecasts whose area is known."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
import xarray as xr
import xskillscore
from scoring_metrics import by_name
from scoring_world import make_world

from downbench.scoring.inference.values import work_out
from downbench_metrics.overall.roc import ROC
from downbench_metrics.shared.thresholds import THRESHOLDS, label

METRIC = by_name(ROC)


def areas(world, probabilistic=True):
    rows, curves = work_out(world.score(METRIC, length=5), METRIC, probabilistic)
    return {r["component"]: r for r in rows if r["region"] == r["season"] == "all"}, curves["roc"]


def test_against_xskillscore_and_the_rank_test():
    world = make_world(seed=17, members=4, steps=(13,), size=24, equal_areas=True)
    found, curve = areas(world)
    use = np.isfinite(world.truth["s0"])
    y, x = world.truth["s0"][use], world.members["s0"][:, use]
    for limit in THRESHOLDS:
        event, p = y > np.float32(limit), (x > np.float32(limit)).mean(axis=0)
        observed, forecast = (xr.DataArray(v.astype(float), dims="n") for v in (event, p))
        theirs = xskillscore.roc(observed, forecast, bin_edges="continuous", dim="n", return_results="area")
        got = found[label(limit)]["value"]
        assert got == pytest.approx(float(theirs), rel=1e-6)
        won = scipy.stats.mannwhitneyu(p[event], p[~event]).statistic / event.sum() / (~event).sum()
        assert got == pytest.approx(won, rel=1e-9)
        assert np.trapezoid(curve["series"][label(limit)], curve["x"]) == pytest.approx(got, rel=1e-9)


@pytest.mark.parametrize(("kind", "area"), [("perfect", 1.0), ("blind", 0.5), ("contrary", 0.0)])
def test_areas_that_are_known(kind, area):
    world = make_world(seed=18, members=3, steps=(6,), tiles=1, size=16, hole=False)
    truth = world.truth["s0"]
    world.members["s0"][:] = {"perfect": truth, "blind": 2.0, "contrary": np.where(truth > 1, 0, 2)}[kind]
    assert areas(world)[0]["1 mm/h"]["value"] == pytest.approx(area)


def test_an_event_that_never_or_always_happens_is_null():
    world = make_world(members=2, steps=(3,), tiles=1, size=8, hole=False)
    world.truth["s0"][:] = 2.0
    found, curve = areas(world)
    assert found["4 mm/h"]["reason"] == "the truth never exceeds it"
    assert found["1 mm/h"]["reason"] == "the truth always exceeds it"
    assert list(curve["series"]) == ["truth unknown"]
