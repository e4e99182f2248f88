"""Skill of neighbourhood probabilities, against plain numpy at the scale of a cell, and of one member."""

from __future__ import annotations

import numpy as np
import pytest
from scoring_metrics import by_name
from scoring_world import make_world

from downbench.scoring.inference.values import work_out
from downbench_metrics.shared.thresholds import THRESHOLDS, label
from downbench_metrics.texture.fractions import SCALES, scale_label
from downbench_metrics.texture.fss import FSS, EnsembleFSS

METRICS = by_name(FSS, EnsembleFSS)


def scores(world):
    rows, curves = work_out(world.score(METRICS, length=5), METRICS, True)
    return {
        (r["metric"], r["component"]): r["value"] for r in rows if r["season"] == r["region"] == "all"
    }, curves


def test_probabilities_of_single_cells_by_numpy():
    world = make_world(seed=23, members=3, steps=(7, 6), size=24)
    found, curves = scores(world)
    for limit in np.float32(THRESHOLDS):
        error = size = 0.0
        for name, _ in world.frames:
            use, area = np.isfinite(world.truth[name]), world.grid.area[:, None]
            o, p = world.truth[name] > limit, (world.members[name] > limit).mean(axis=0)
            error += (area * np.where(use, (p - o) ** 2, 0)).sum()
            size += (area * np.where(use, p**2 + o, 0)).sum()
        got = found["fss-ensemble", f"{label(limit)}, 1 cell"]
        assert got == pytest.approx(1 - error / size, rel=1e-5)
        of_curve = curves["fss-ensemble"]["series"][label(limit)]
        assert of_curve == [found["fss-ensemble", f"{label(limit)}, {scale_label(s)}"] for s in SCALES]


def test_of_one_member_it_is_the_score_of_that_member():
    found, _ = scores(make_world(seed=24, members=1, steps=(6,), size=24))
    for (metric, component), value in found.items():
        assert value == pytest.approx(found["fss", component], rel=1e-5), metric


def test_the_mean_of_members_is_better_than_each_of_them():
    found, _ = scores(make_world(seed=25, members=6, steps=(6,), tiles=1, size=24, hole=False))
    for limit in THRESHOLDS:
        component = f"{label(limit)}, 5 cells"
        assert found["fss-ensemble", component] > found["fss", component]
