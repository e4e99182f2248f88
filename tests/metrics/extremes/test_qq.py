"""Quantile-quantile curves of rain that is a multiple of the truth."""

from __future__ import annotations

import numpy as np
import pytest
from scoring_metrics import by_name
from scoring_world import make_world

from downbench.scoring.inference.values import work_out
from downbench_metrics.extremes.qq import QuantilePairs

METRIC = by_name(QuantilePairs)


@pytest.fixture(scope="module")
def world():
    world = make_world(seed=19, members=2, steps=(96,), tiles=1, hole=False, equal_areas=True)
    world.members["s0"][:] = 1.25 * world.truth["s0"]
    return world


def test_a_quarter_too_much_at_every_quantile(world):
    rows, curves = work_out(world.score(METRIC, length=30), METRIC, True)
    row = next(r for r in rows if r["region"] == r["season"] == "all")
    assert row["value"] == pytest.approx(0.25, abs=0.002)
    curve = curves["qq"]
    np.testing.assert_allclose(curve["series"]["ensemble"], 1.25 * np.array(curve["x"]), rtol=2**-6)
    assert curve["series"]["truth"] == curve["x"]
    levels = 1 - 10.0 ** -np.arange(0.5, 6, 0.125)
    exact = np.quantile(world.truth["s0"], levels, method="inverted_cdf")
    wet = exact[(exact > 0.1) & (levels <= 1 - 10 / world.truth["s0"].size)]
    np.testing.assert_allclose(curve["x"], wet[: len(curve["x"])], rtol=2**-7)
    assert len(wet) - len(curve["x"]) <= 1  # the last one may have ten values in its own bin


def test_dry_rain_and_short_records_are_null():
    for world in (
        make_world(members=2, steps=(96,), tiles=1, size=16, hole=False, dry=1.1),
        make_world(steps=(17,)),
    ):
        rows, _ = work_out(world.score(METRIC), METRIC, True)
        assert rows[0]["reason"].startswith("no quantile of the truth above 0.1 mm/h has 100 true values")
