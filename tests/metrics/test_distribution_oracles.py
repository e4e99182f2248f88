"""Metrics of pooled values against numpy on the values themselves."""

from __future__ import annotations

import numpy as np
import pytest
from scoring_metrics import by_name
from scoring_world import make_world

from downbench.scoring.inference.values import work_out
from downbench_metrics.amounts.intensity import Intensity
from downbench_metrics.amounts.perkins import Perkins
from downbench_metrics.extremes.quantile_ratios import QuantileRatios
from downbench_metrics.extremes.top import Top
from downbench_metrics.texture.pattern import PatternBias
from downbench_metrics.texture.sae_raw import RawSAE

METRICS = by_name(QuantileRatios, Top, Perkins, Intensity, PatternBias, RawSAE)


@pytest.fixture(scope="module")
def world():
    """Twelve days without gaps, equal areas."""
    world = make_world(seed=21, members=3, steps=(96,), hole=False, equal_areas=True)
    return world


@pytest.fixture(scope="module")
def rows(world):
    found, _ = work_out(world.score(METRICS, length=30), METRICS, True)
    return {(r["metric"], r["component"]): r for r in found if r["region"] == r["season"] == "all"}


def test_quantile_ratios(world, rows):
    for name, level in (("p99", 0.99), ("p99.9", 0.999)):
        truth, sampled = (np.quantile(f["s0"], level) for f in (world.truth, world.members))
        assert rows["quantile-ratios", name]["value"] == pytest.approx(sampled / truth - 1, abs=2**-6)
    assert "true values in" in rows["quantile-ratios", "p99.999"]["reason"]


def test_quantile_ratio_of_zero():
    world = make_world(seed=22, members=2, steps=(96,), hole=False, dry=1.1)
    world.truth["s0"][0, :, 0, 0] = 3  # rain in 96 of 307,200 cells: the 99th percentile is zero
    metric = {"quantile-ratios": METRICS["quantile-ratios"]}
    found, _ = work_out(world.score(metric), metric, True)
    assert (
        found[0]["reason"].startswith("96 true values") or found[0]["reason"] == "the true quantile is zero"
    )
    assert found[0]["value"] is None


def test_top(world, rows):
    def top(values):
        ordered = np.sort(values.ravel().astype(np.float64))[::-1]
        return ordered[: round(len(ordered) / 1000)].mean()

    truth, sampled = top(world.truth["s0"]), top(world.members["s0"])
    assert rows["top", "signed"]["value"] == pytest.approx(sampled - truth, abs=1e-3 * (truth + sampled))
    assert rows["top", "absolute"]["value"] == abs(rows["top", "signed"]["value"])


def test_top_mean_of_a_few_values():
    from downbench import histogram_edges
    from downbench_metrics.extremes.top import top_mean

    histogram = np.zeros((3, len(histogram_edges()) - 1))
    for place, (weight, rain) in {0: (6, 0), 900: (3, 2), 1500: (1, 50)}.items():
        histogram[0, place], histogram[1, place] = weight, weight * rain
    assert top_mean(histogram, 0.1) == pytest.approx(50)
    assert top_mean(histogram, 0.2) == pytest.approx(26)
    assert top_mean(histogram, 1) == pytest.approx(5.6)


def test_perkins(world, rows):
    octaves = [2.0**e * (1 + k / 4) for e in range(-3, 11) for k in range(4)]
    edges = np.array([0, *octaves, np.inf])
    f, g = (np.histogram(each["s0"], edges)[0].astype(float) for each in (world.truth, world.members))
    assert rows["perkins", "all"]["value"] == pytest.approx(
        np.minimum(f / f.sum(), g / g.sum()).sum(), rel=1e-9
    )
    f, g = f[1:], g[1:]
    assert rows["perkins", "wet"]["value"] == pytest.approx(
        np.minimum(f / f.sum(), g / g.sum()).sum(), rel=1e-9
    )


def test_intensity(world, rows):
    truth, sampled = (
        each["s0"][each["s0"] >= 0.099609375].mean(dtype=np.float64) for each in (world.truth, world.members)
    )
    assert rows["intensity", ""]["value"] == pytest.approx(sampled / truth - 1, rel=1e-6)


def test_pattern_bias(world, rows):
    """Every third cell of 40: the least distance that leaves 32 and is odd."""
    truth, mean = world.truth["s0"].astype(np.float64), world.members["s0"].mean(axis=0, dtype=np.float64)
    error = (mean - truth).mean(axis=1)[:, ::3, ::3]
    assert rows["pattern-bias", ""]["value"] == pytest.approx(np.sqrt((error**2).mean()), rel=1e-5)


def test_pattern_bias_with_gaps_and_areas():
    world = make_world(seed=23, members=2, steps=(9, 5))
    metric = {"pattern-bias": METRICS["pattern-bias"]}
    found, _ = work_out(world.score(metric, length=4), metric, True)
    total, weights = 0.0, 0.0
    for tile in range(2):
        truth = np.concatenate([world.truth[n][tile] for n, _ in world.frames]).astype(np.float64)
        mean = np.concatenate([world.members[n][:, tile].mean(axis=0) for n, _ in world.frames])
        for y in range(0, 40, 3):
            for x in range(0, 40, 3):
                valid = np.isfinite(truth[:, y, x])
                if valid.any():
                    weight = valid.sum() * world.grid.area[tile, y, x]
                    total += weight * (mean[valid, y, x] - truth[valid, y, x]).mean() ** 2
                    weights += weight
    assert found[0]["value"] == pytest.approx(np.sqrt(total / weights), rel=1e-5)


def test_raw_sae(world, rows):
    def covariance(fields, h):
        first, second = [], []
        for a, b in ((np.s_[..., :-h, :], np.s_[..., h:, :]), (np.s_[..., :-h], np.s_[..., h:])):
            first.append(fields[a].ravel())
            second.append(fields[b].ravel())
        return np.cov(np.concatenate(first), np.concatenate(second), ddof=0)[0, 1]

    truth = world.truth["s0"].astype(np.float64)
    errors = [
        abs(covariance(member.astype(np.float64), h) - covariance(truth, h))
        for h in (1, 2, 4, 8, 16)
        for member in world.members["s0"]
    ]
    assert rows["sae-raw", ""]["value"] == pytest.approx(np.mean(errors), rel=1e-5)
