"""Parts of the CRPS: their sum is the CRPS of properscoring, and each is right where it can be read off."""

from __future__ import annotations

import numpy as np
import properscoring
import pytest
from scoring_metrics import by_name
from scoring_world import make_world

from downbench.scoring.inference.values import work_out
from downbench_metrics.overall.crps import CRPS
from downbench_metrics.spread.crps_parts import (
    CRPSReliability,
    CRPSResolution,
    CRPSUncertainty,
    crps_parts,
)

METRICS = by_name(CRPSReliability, CRPSResolution, CRPSUncertainty, CRPS)
WORLD = make_world(seed=13, members=5, steps=(13, 8), size=24)


@pytest.fixture(scope="module")
def scored():
    rows, curves = work_out(WORLD.score(METRICS, length=5), METRICS, True)
    return {(r["metric"], r["region"]): r["value"] for r in rows if r["season"] == "all"}, curves


def pooled(region):
    truth, members, areas = [], [], []
    for name, _ in WORLD.frames:
        use = np.isfinite(WORLD.truth[name]) & WORLD.grid.regions[region][:, None]
        truth.append(WORLD.truth[name][use])
        members.append(WORLD.members[name][:, use])
        areas.append(np.broadcast_to(WORLD.grid.area[:, None], use.shape)[use])
    return np.concatenate(truth).astype(float), np.concatenate(members, axis=1), np.concatenate(areas)


@pytest.mark.parametrize("region", ["all", "north", "blob"])
def test_reliability_less_resolution_plus_uncertainty_is_the_crps(scored, region):
    y, x, area = pooled(region)
    plain = np.average(properscoring.crps_ensemble(y, x.T.astype(float)), weights=area)
    rel, res, unc, fair = (scored[0][name, region] for name in METRICS)
    assert rel - res + unc == pytest.approx(plain, rel=1e-6)
    apart = np.mean([np.abs(a - b) for i, a in enumerate(x) for j, b in enumerate(x) if i != j], axis=0)
    assert plain - fair == pytest.approx(np.average(apart, weights=area) / (2 * len(x)), rel=1e-4)


def test_the_uncertainty_is_the_crps_of_the_climatology(scored):
    y, _, area = pooled("all")
    rng = np.random.default_rng(0)
    drawn = rng.choice(y, 1000, p=area / area.sum())
    climatology = properscoring.crps_ensemble(drawn, np.broadcast_to(drawn, (1000, 1000)))
    assert scored[0]["crps-uncertainty", "all"] == pytest.approx(climatology.mean(), rel=0.2)
    order = np.argsort(y)
    f = area[order].cumsum() / area.sum()
    exact = (np.diff(y[order]) * (f * (1 - f))[:-1]).sum()
    assert scored[0]["crps-uncertainty", "all"] == pytest.approx(exact, rel=2**-8)


def test_a_sure_ensemble_that_is_always_wrong_is_all_unreliable():
    """Five equal members 2 mm/h below a truth that never changes: calibration could mend all of it."""
    world = make_world(members=5, steps=(4,), tiles=1, size=8, hole=False)
    world.truth["s0"][:], world.members["s0"][:] = 3, 1
    rows, _ = work_out(world.score(METRICS), METRICS, True)
    found = {r["metric"]: r["value"] for r in rows if r["region"] == r["season"] == "all"}
    assert found["crps-reliability"] == pytest.approx(2)
    assert found["crps-resolution"] == pytest.approx(0, abs=1e-9)
    assert found["crps-uncertainty"] == pytest.approx(0, abs=1e-9)


def test_parts_of_two_members_by_hand():
    """Half the cases below both members, half above: 1 mm/h below, 3 mm/h above, members 2 mm/h apart."""
    from downbench import histogram_edges

    truth = np.zeros((3, len(histogram_edges()) - 1))
    truth[:, 500] = (1, 4, 1)
    gaps = np.array([[0, 0.5, 0.5], [1, 1, 0], [1.5, 0, 0.5]])
    parts = crps_parts(gaps, truth)
    assert parts.frequency.tolist() == [0.5, 0.5, 0.5]
    assert parts.reliability == pytest.approx(1 * 0.5**2 + 0 + 3 * 0.5**2)
    assert parts.potential == pytest.approx((1 + 2 + 3) * 0.25)


def test_a_uniform_ensemble_of_few_members_has_the_frequencies_that_theory_gives():
    """Long gaps hold the truth more often: weighted by them, below rank i of m in (i + 1) / (m + 2)."""
    rng = np.random.default_rng(2)
    world = make_world(members=4, steps=(30,), tiles=1, size=40, hole=False)
    world.truth["s0"][:] = rng.random((1, 30, 40, 40))
    world.members["s0"][:] = rng.random((4, 1, 30, 40, 40))
    metric = by_name(CRPSReliability)
    curve = work_out(world.score(metric), metric, True)[1]["crps-reliability"]
    want = [1 / 5, 2 / 6, 3 / 6, 4 / 6, 4 / 5]  # outside the ensemble cases count, not distances
    np.testing.assert_allclose(curve["series"]["ensemble"], want, atol=0.005)
