"""Scores of ensembles against xskillscore, properscoring and plain loops, with gaps, areas and regions."""

from __future__ import annotations

from functools import cache
from itertools import combinations

import numpy as np
import properscoring
import pytest
import xarray as xr
import xskillscore
from scoring_metrics import by_name
from scoring_world import FACTOR, make_world

from downbench.scoring.inference.values import work_out
from downbench_metrics.extremes.twcrps import ThresholdWeightedCRPS
from downbench_metrics.overall.brier import Brier
from downbench_metrics.overall.crps import CRPS
from downbench_metrics.overall.crps_skill import CRPSSkill
from downbench_metrics.overall.energy import EnergyScore
from downbench_metrics.overall.variogram import VariogramScore
from downbench_metrics.shared.thresholds import HEAVY, THRESHOLDS, label
from downbench_metrics.spread.coverage import Coverage
from downbench_metrics.spread.ranks import Ranks
from downbench_metrics.spread.reliability import Reliability
from downbench_metrics.spread.spread_skill import SpreadSkill

WORLD = make_world(seed=11, members=4, steps=(13, 8))
REGIONS = ["all", "north", "blob"]
METRICS = by_name(
    CRPSSkill,
    ThresholdWeightedCRPS,
    Brier,
    Reliability,
    SpreadSkill,
    Coverage,
    EnergyScore,
    VariogramScore,
    Ranks,
    CRPS,
)


@cache
def scored():
    """Rows and curves over the whole time."""
    rows, curves = work_out(WORLD.score(METRICS, length=5), METRICS, True)
    return {
        (r["metric"], r["component"], r["region"]): r["value"] for r in rows if r["season"] == "all"
    }, curves


def value(metric, component="", region="all"):
    return scored()[0][metric, component, region]


def fair_crps(y, x):
    mae, m = abs(x - y).mean(axis=0), len(x)
    return mae - m / (m - 1) * (mae - properscoring.crps_ensemble(y, x.T))


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("threshold", HEAVY)
def test_twcrps(region, threshold):
    y, x, area = WORLD.pooled(region)
    want = np.average(fair_crps(np.maximum(y, threshold), np.maximum(x, threshold)), weights=area)
    assert value("twcrps", label(threshold), region) == pytest.approx(want, rel=1e-6)


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("threshold", THRESHOLDS)
def test_brier_and_reliability(region, threshold):
    y, x, area = WORLD.pooled(region)
    limit = np.float32(threshold)
    o, f = xr.DataArray(y > limit, dims="n"), xr.DataArray(x > limit, dims=("member", "n"))
    weights = xr.DataArray(area, dims="n")
    fair = xskillscore.brier_score(
        o.astype(float), f.astype(float), member_dim="member", dim="n", fair=True, weights=weights
    )
    component = label(threshold)
    assert value("brier", component, region) == pytest.approx(float(fair), rel=1e-9)

    p = f.to_numpy().sum(axis=0)
    terms = [
        area[p == k].sum() * (k / 4 - np.average(o.to_numpy()[p == k], weights=area[p == k])) ** 2
        for k in np.unique(p)
    ]
    assert value("reliability", component, region) == pytest.approx(sum(terms) / area.sum(), rel=1e-9)


def test_reliability_curve_against_xskillscore():
    """Unweighted areas: the frequencies of ``xskillscore.reliability``, bin by bin."""
    world = make_world(seed=12, members=4, steps=(6,), hole=False, equal_areas=True)
    metric = {"reliability": METRICS["reliability"]}
    _, curves = work_out(world.score(metric), metric, True)
    o = xr.DataArray(world.truth["s0"].ravel() > np.float32(1), dims="n")
    f = xr.DataArray((world.members["s0"] > np.float32(1)).mean(axis=0).ravel(), dims="n")
    edges = np.array([-0.125, 0.125, 0.375, 0.625, 0.875, 1.125])
    want = xskillscore.reliability(o, f, dim="n", probability_bin_edges=edges)
    got = np.array(curves["reliability"]["series"]["1 mm/h"], float)  # None, NaN: no such forecast
    assert np.isfinite(got).sum() >= 3
    np.testing.assert_allclose(got, want, rtol=1e-9)


@pytest.mark.parametrize("region", REGIONS)
def test_spread_skill(region):
    y, x, area = WORLD.pooled(region)
    spread = np.average(x.var(axis=0, ddof=1), weights=area) * 5 / 4
    skill = np.average((x.mean(axis=0) - y) ** 2, weights=area)
    assert value("spread-skill", "", region) == pytest.approx(np.sqrt(spread / skill) - 1, rel=1e-5)


def test_a_calibrated_ensemble_has_spread_as_skill_and_nominal_coverage():
    """Truth and members from one distribution, at 3 and at 12 members: both are right without bias."""
    for m in (3, 12):
        world = make_world(seed=m, members=m, steps=(40,), tiles=1, hole=False)
        rng = np.random.default_rng(m)
        for fields in (world.truth, world.members):
            fields["s0"] = rng.gamma(2, 1, fields["s0"].shape).astype(np.float32)
            fields["s0"][rng.random(fields["s0"].shape) < 0.7] = 0  # ties
        metrics = {name: METRICS[name] for name in ("spread-skill", "coverage")}
        rows, curves = work_out(world.score(metrics), metrics, True)
        found = {r["metric"]: r["value"] for r in rows if r["region"] == r["season"] == "all"}
        assert found["spread-skill"] == pytest.approx(0, abs=0.02)
        assert found["coverage"] == pytest.approx(0, abs=0.01)
        np.testing.assert_allclose(*curves["coverage"]["series"].values(), atol=0.01)
        assert curves["coverage"]["x"][-1] == (m - 1) / (m + 1)


def test_coverage_of_collapsed_members():
    world = make_world(seed=3, members=5, steps=(8,), hole=False, dry=0)
    world.members["s0"][...] = world.members["s0"][:1]
    metric = {"coverage": METRICS["coverage"]}
    rows, _ = work_out(world.score(metric), metric, True)
    assert rows[0]["value"] == pytest.approx(-4 / 6, abs=0.3)
    assert rows[0]["value"] < -0.4


def test_coverage_by_hand():
    y, x, area = WORLD.pooled()
    inside = np.zeros(len(y))
    for i in range(len(y)):
        below, equal = (x[:, i] < y[i]).sum(), (x[:, i] == y[i]).sum()
        ranks = np.arange(below, below + equal + 1)
        inside[i] = ((ranks > 0) & (ranks < 4)).mean()
    assert value("coverage") == pytest.approx(np.average(inside, weights=area) - 3 / 5, rel=1e-9)


def test_crps_skill_against_torch_bicubic():
    """Cells of which bicubic is known: all of them, since coarse rain is missing only with fine rain."""
    torch = pytest.importorskip("torch")
    errors, scores, areas = [], [], []
    for name, _ in WORLD.frames:
        for tile in range(2):
            coarse, y = WORLD.coarse[name][tile], WORLD.truth[name][tile]
            for t in np.flatnonzero(np.isfinite(coarse).all(axis=(1, 2))):
                # torch's kernel has a = -0.5 with antialias; borders that are repeated beforehand are ours
                padded = torch.tensor(np.pad(coarse[t].astype(float), 3, mode="edge"))[None, None]
                fine = torch.nn.functional.interpolate(
                    padded, scale_factor=FACTOR, mode="bicubic", align_corners=False, antialias=True
                )[0, 0, 3 * FACTOR : -3 * FACTOR, 3 * FACTOR : -3 * FACTOR]
                errors.append(abs(np.maximum(fine.numpy(), 0) - y[t]))
                scores.append(fair_crps(y[t].ravel(), WORLD.members[name][:, tile, t].reshape(4, -1)))
                areas.append(WORLD.grid.area[tile])
    world = make_world(seed=11, members=4, steps=(13, 8))
    for name, _ in world.frames:  # score the same frames: those without any gap
        gaps = np.isnan(world.coarse[name]).any(axis=(2, 3))
        world.truth[name][gaps] = np.nan
    metric = {"crps-skill": METRICS["crps-skill"]}
    rows, _ = work_out(world.score(metric, length=4), metric, True)
    area = np.concatenate([a.ravel() for a in areas])
    mae = np.average(np.concatenate([e.ravel() for e in errors]), weights=area)
    crps = np.average(np.concatenate(scores), weights=area)
    assert rows[0]["value"] == pytest.approx(1 - crps / mae, rel=1e-4)


def patches():
    """Truth (64,), members (m, 64) and area of each wholly valid patch of 8x8 cells."""
    for name, _ in WORLD.frames:
        for tile in range(2):
            y, x = WORLD.truth[name][tile].astype(float), WORLD.members[name][:, tile].astype(float)
            for t in range(len(y)):
                for i in range(0, 40, 8):
                    for j in range(0, 40, 8):
                        here = (slice(i, i + 8), slice(j, j + 8))
                        if np.isfinite(y[t][here]).all():
                            yield y[t][here], x[:, t][:, *here], WORLD.grid.area[tile][here].sum()


def test_energy_score():
    scores, areas = [], []
    for y, x, area in patches():
        near = np.mean([np.linalg.norm(a - y) for a in x])
        apart = np.mean([np.linalg.norm(a - b) for a, b in combinations(x, 2)])
        scores.append((near - apart / 2) / 8)
        areas.append(area)
    assert value("energy-score") == pytest.approx(np.average(scores, weights=areas), rel=1e-5)


def test_variogram_score():
    scores, areas = [], []
    for y, x, area in patches():
        terms = []
        for h in (1, 2, 4):
            for a, b in ((np.s_[..., :-h, :], np.s_[..., h:, :]), (np.s_[..., :-h], np.s_[..., h:])):
                v = np.sqrt(abs(x[b] - x[a]))
                error = (np.sqrt(abs(y[b] - y[a])) - v.mean(axis=0)) ** 2 - v.var(axis=0, ddof=1) / 4
                terms.append(error.ravel())
        scores.append(np.concatenate(terms).mean())
        areas.append(area)
    assert value("variogram-score") == pytest.approx(np.average(scores, weights=areas), rel=1e-5)


def test_fair_scores_keep_their_expectation_at_any_number_of_members():
    results = {}
    for m in (2, 5, 20):
        world = make_world(seed=m, members=m, steps=(30,), tiles=1, hole=False)
        rng = np.random.default_rng(m)
        for fields in (world.truth, world.members):
            fields["s0"] = rng.exponential(1, fields["s0"].shape).astype(np.float32)
        metrics = {n: METRICS[n] for n in ("twcrps", "brier", "energy-score", "variogram-score")}
        rows, _ = work_out(world.score(metrics), metrics, True)
        results[m] = {
            (r["metric"], r["component"]): r["value"] for r in rows if r["region"] == r["season"] == "all"
        }
    for values in results.values():
        p = np.exp(-1)  # of exceeding 1 mm/h
        assert values["brier", "1 mm/h"] == pytest.approx(p * (1 - p), rel=0.02)
        assert values["twcrps", "1 mm/h"] == pytest.approx(p - p * p / 2, rel=0.03)
        for name in ("energy-score", "variogram-score"):
            assert values[name, ""] == pytest.approx(results[20][name, ""], rel=0.02)
