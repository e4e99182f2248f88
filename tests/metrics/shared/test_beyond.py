"""How many values lie beyond a quantile, by counting."""

from __future__ import annotations

import numpy as np
from scoring_metrics import by_name
from scoring_world import make_world

from downbench.scoring.inference.values import totals
from downbench_metrics.extremes.qq import QuantilePairs
from downbench_metrics.shared.beyond import beyond, too_few


def test_values_and_days_beyond_by_counting():
    world = make_world(seed=20, members=2, steps=(40,), tiles=1, size=16, hole=False)
    whole = totals(world.score(by_name(QuantilePairs), length=7), "qq")
    limits = np.array([0.5, 2.0, 8.0, 32.0])  # edges of bins: what lies in the bin of a limit is not beyond
    values, bins = beyond(whole, limits)
    rain, days = world.truth["s0"][0], world.frames[0][1].astype("datetime64[D]")
    for limit, number, of_days in zip(limits, values, bins, strict=True):
        above = rain >= limit * (1 + 2**-7)
        assert number == above.sum()
        assert of_days == len(np.unique(days[above.any(axis=(1, 2))]))


def test_too_few_says_how_many_there_are():
    world = make_world(members=2, steps=(40,), tiles=1, size=8, hole=False)
    world.truth["s0"][:] = 1.0
    whole = totals(world.score(by_name(QuantilePairs)), "qq")
    assert too_few(whole, 0.5).reason.startswith("2560 true values in 6 time bins lie beyond it")
    assert too_few(whole, 2.0).reason.startswith("0 true values in 0 time bins")
