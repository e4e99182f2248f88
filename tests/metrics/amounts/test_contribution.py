"""Contributions by intensity, of rain whose classes are known."""

from __future__ import annotations

import numpy as np
import pytest
from scoring_metrics import by_name
from scoring_world import make_world

from downbench import histogram_edges
from downbench.scoring.inference.values import work_out
from downbench_metrics.amounts.classes import class_edges, in_classes
from downbench_metrics.amounts.contribution import Contribution

METRIC = by_name(Contribution)


def scored(truth, members):
    """Row and curve of fields that are the same at all times."""
    world = make_world(members=len(members), steps=(2,), tiles=1, size=8, hole=False, equal_areas=True)
    world.truth["s0"][:], world.members["s0"][:] = truth, np.asarray(members)[:, None, None]
    rows, curves = work_out(world.score(METRIC), METRIC, True)
    return next(r for r in rows if r["region"] == "all"), curves.get("contribution")


HALVES = np.where(np.arange(8) < 4, 1.0, 0.0)[:, None] * np.ones(8)


@pytest.mark.parametrize(
    ("member", "want"),
    [
        (HALVES, 0.0),
        (HALVES / 2 + (1 - HALVES) / 2, 1.0),  # the same total as drizzle everywhere
        (0.5 * HALVES + 4 * np.eye(8), 1.0),  # 0.5, 4 and 4.5: all in other classes
        (1.01 * HALVES, 0.0),  # the same class
    ],
)
def test_share_of_rain_in_another_class(member, want):
    row, _ = scored(HALVES, [member, member])
    assert row["value"] == pytest.approx(want, abs=1e-9)


def test_half_of_the_rain_in_another_class():
    row, curve = scored(HALVES, [HALVES, 4 * HALVES * (np.arange(8) < 2)])
    assert row["value"] == pytest.approx(0.5)
    series = {name: np.array(values) for name, values in curve["series"].items()}
    assert {name: values.sum() for name, values in series.items()} == pytest.approx(
        {"truth": 1, "ensemble": 1}
    )
    np.testing.assert_allclose(series["ensemble"][series["ensemble"] > 0], [0.5, 0.5])
    assert np.array(curve["x"])[series["truth"] > 0] == pytest.approx(np.sqrt(1 * 1.25))


def test_dry_sides_are_null():
    assert scored(0 * HALVES, [HALVES, HALVES])[0]["reason"] == "the truth is dry"
    assert scored(HALVES, [0 * HALVES, 0 * HALVES])[0]["reason"] == "the ensemble is dry"


def test_classes_are_four_to_an_octave():
    edges = class_edges()
    assert edges[:6].tolist() == [0, 0.125, 0.15625, 0.1875, 0.21875, 0.25]
    assert edges[-2:].tolist() == [2048, np.inf]
    row = np.zeros(len(histogram_edges()) - 1)
    row[np.searchsorted(histogram_edges(), 0.2, side="right") - 1] = 1
    assert in_classes(row).nonzero()[0].tolist() == [3]
    assert len(in_classes(row)) == len(edges) - 1
