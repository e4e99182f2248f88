"""Cases that can be worked out by hand, and values that do not exist."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scoring_metrics import built_in_metrics
from scoring_world import make_world

from downbench import Metric, UserError
from downbench.scoring.inference.values import work_out

METRICS = built_in_metrics()


def scored(world, probabilistic=True, length=10**6):
    """(metric, component) to row over the whole domain and time."""
    rows, _ = work_out(world.score(METRICS, length), METRICS, probabilistic)
    return {(r["metric"], r["component"]): r for r in rows if r["region"] == r["season"] == "all"}


def world_with(change, members=3, **options):
    """A world whose members (member, tile, time, y, x) are ``change(truth)`` for each sequence."""
    world = make_world(members=members, steps=(96,), tiles=1, hole=False, **options)
    for name, truth in world.truth.items():
        world.members[name] = np.broadcast_to(change(truth), (members, *truth.shape)).astype(np.float32)
    world.coarse = {}
    return world


def test_a_perfect_forecast():
    rows = scored(world_with(lambda truth: truth))
    for (metric, component), row in rows.items():
        if component.startswith(("p99.99", "p99.999")):
            continue
        if metric == "spread-skill":
            assert row["reason"] == "the ensemble mean makes no error"
        elif METRICS[metric].no_interval:  # indices of 30 days, changes of 10 days to 10
            assert row["reason"].startswith(("no sampled cell has 30 whole days", "6 time bins in one"))
        elif metric in ("crps-resolution", "crps-uncertainty"):
            assert row["value"] == pytest.approx(rows["crps-uncertainty", ""]["value"]) != 0
        elif metric in ("ranks", "coverage"):  # everything ties, so all ranks share alike
            assert row["value"] == pytest.approx(0, abs=1e-12)
        else:
            best = 1 if METRICS[metric].direction == "higher" else 0
            assert row["value"] == pytest.approx(best, abs=1e-6), (metric, component, row["reason"])


def test_a_constant_forecast():
    rows = scored(world_with(lambda truth: truth * 0 + 2))
    truth = make_world(members=3, steps=(96,), tiles=1, hole=False).truth["s0"].astype(np.float64)
    area = np.broadcast_to(make_world(steps=(96,), tiles=1, hole=False).grid.area, truth.shape)
    mae = np.average(abs(truth - 2), weights=area)
    assert rows["crps", ""]["value"] == pytest.approx(mae, rel=1e-5)
    assert rows["emd", ""]["value"] == pytest.approx(mae, rel=1e-3)
    assert rows["mse", ""]["value"] == pytest.approx(np.average((truth - 2) ** 2, weights=area), rel=1e-5)
    for key in (("lag1", "absolute"), ("lag1", "signed"), ("sae", "")):
        assert rows[key]["value"] is None
        assert rows[key]["reason"] == "a member is constant"
    assert rows["psd", "all wavelengths"]["reason"] == "a member is constant in all windows"
    assert rows["temporal-spectrum", ""]["reason"] == "a member is constant in time"
    assert rows["spells", "wet"]["reason"] == "no wet spell of known length ends in the ensemble"
    assert rows["warping", ""]["value"] == -1
    assert rows["seams", ""]["reason"]
    assert rows["spread-skill", ""]["value"] == pytest.approx(-1, abs=1e-6)  # float32 members
    assert rows["twcrps", "4 mm/h"]["value"] == pytest.approx(
        np.average(np.maximum(truth, 4) - 4, weights=area), rel=1e-5
    )
    assert rows["brier", "1 mm/h"]["value"] == pytest.approx(np.average(truth <= 1, weights=area), rel=1e-9)
    assert rows["brier", "4 mm/h"]["value"] == pytest.approx(np.average(truth > 4, weights=area), rel=1e-9)
    assert rows["fss", "4 mm/h, 9 cells"]["value"] == pytest.approx(0, abs=1e-6)


def test_all_dry():
    rows = scored(world_with(lambda truth: truth, dry=1.1))
    for key in (
        ("crps", ""),
        ("mse", ""),
        ("emd", ""),
        ("wet-fraction", ""),
        ("ranks", ""),
        ("recoarsening", ""),
        ("twcrps", "1 mm/h"),
        ("brier", "0.1 mm/h"),
        ("energy-score", ""),
        ("variogram-score", ""),
        ("coverage", ""),
        ("tendency", ""),
        ("pattern-bias", ""),
    ):
        assert rows[key]["value"] == pytest.approx(0, abs=1e-12), key
    assert rows["bias", ""]["reason"] == "the truth is dry"
    assert rows["lag1", "signed"]["reason"] == "the truth is constant"
    assert rows["sae", ""]["reason"] == "the truth is constant"
    assert rows["psd", "4-32 cells"]["reason"] == "the truth is constant in all windows"
    assert rows["quantiles", "p99"]["value"] is None
    for metric, component, text in (
        ("crps-skill", "", "bicubic interpolation makes no error"),
        ("reliability", "1 mm/h", "neither truth nor ensemble exceeds it"),
        ("perkins", "wet", "the truth is dry"),
        ("intensity", "", "the truth is dry"),
        ("fss", "0.1 mm/h, 5 cells", "the truth never exceeds it"),
        ("sal", "structure", "truth and ensemble are never wet at the same time"),
        ("temporal-spectrum", "", "the truth is constant in time"),
        ("spells", "wet", "no wet spell of known length ends in the truth"),
        ("warping", "", "no two frames follow each other, or the truth only moves"),
        ("top", "signed", "0 true values in 0 time bins lie beyond it, 100 in 10 are needed"),
    ):
        assert rows[metric, component]["reason"] == text


def test_a_deterministic_method():
    world = world_with(lambda truth: truth + 1, members=1)
    rows = scored(world, probabilistic=False)
    assert rows["crps", ""]["value"] == pytest.approx(1, rel=1e-6)
    assert rows["mse", ""]["value"] == pytest.approx(1, rel=1e-6)
    assert rows["emd", ""]["value"] == pytest.approx(1, rel=1e-2)
    assert rows["ranks", ""]["reason"] == "needs an ensemble, the method is deterministic"
    assert rows["psd", "all wavelengths"]["value"] == pytest.approx(0, abs=1e-3)
    assert rows["energy-score", ""]["value"] == pytest.approx(1, rel=1e-6)
    assert rows["variogram-score", ""]["value"] == pytest.approx(0, abs=1e-6)
    for name in ("brier", "twcrps", "crps-skill"):
        assert rows[name, METRICS[name].headline]["value"] is not None
    for name in ("reliability", "spread-skill", "coverage"):
        assert rows[name, ""]["reason"] == "needs an ensemble, the method is deterministic"


def test_one_member_of_a_probabilistic_method():
    rows = scored(world_with(lambda truth: truth + 1, members=1))
    for name in ("crps", "crps-skill", "twcrps", "brier", "energy-score", "variogram-score", "coverage"):
        reasons = {row["reason"] for (metric, _), row in rows.items() if metric == name}
        assert len(reasons) == 1
        assert "at least two members" in reasons.pop()


def test_twice_the_rain():
    rows = scored(world_with(lambda truth: truth * 2))
    assert rows["bias", ""]["value"] == pytest.approx(1, rel=1e-6)
    assert rows["quantiles", "p99 signed"]["value"] > 0
    assert rows["lag1", "absolute"]["value"] == pytest.approx(0, abs=1e-9)
    assert rows["sae", ""]["value"] == pytest.approx(0, abs=1e-9)


def test_one_missing_cell_changes_only_itself():
    world = make_world(members=3, steps=(8,), tiles=1, hole=False)
    before = world.score(METRICS)
    world.truth["s0"][0, 4, 9, 7] = np.nan
    world.grid = make_world(steps=(8,), tiles=1, hole=False).grid
    after = world.score({n: m for n, m in METRICS.items() if n not in ("psd", "recoarsening")})
    area = world.grid.area[0, 9, 7]
    lost = before.arrays["weight"] - after.arrays["weight"]
    assert lost[4, 0] == pytest.approx(area)
    assert abs(np.delete(lost, 4, axis=0)).max() == 0
    for name, values in after.arrays.items():
        assert np.isfinite(values).all(), name


def test_independent_noise_lowers_lag1_and_shared_noise_raises_it():
    rng = np.random.default_rng(0)

    def noisy(truth, shared):
        noise = rng.gamma(0.5, 4, (3, truth.shape[0], 1 if shared else truth.shape[1], *truth.shape[2:]))
        return truth + noise

    independent = scored(world_with(lambda truth: noisy(truth, False)))["lag1", "signed"]["value"]
    shared = scored(world_with(lambda truth: noisy(truth, True)))["lag1", "signed"]["value"]
    assert independent < -0.1
    assert shared > 0.1


def test_smoothing_is_seen_by_psd_quantiles_and_sae():
    from scipy.ndimage import uniform_filter

    rows = scored(world_with(lambda truth: uniform_filter(truth, (0, 0, 5, 5))))
    assert rows["psd", "all wavelengths"]["value"] > 5
    assert rows["quantiles", "p99.9 signed"]["value"] < -1
    assert rows["sae", ""]["value"] > 0.1


def test_no_window_fits():
    world = make_world(members=2, steps=(4,), size=24, tiles=1, hole=False)
    rows = scored(world)
    assert "no fully covered window" in rows["psd", "all wavelengths"]["reason"]
    assert rows["sae", ""]["value"] is not None


@cache
def standard_rows():
    """All metrics on one world."""
    return scored(make_world(members=3, steps=(17,)))


@pytest.mark.parametrize("name", sorted(METRICS))
def test_declarations(name):
    metric = METRICS[name]
    assert isinstance(metric, Metric)
    assert metric.name == name
    assert metric.definition
    assert metric.direction in ("lower", "higher", "zero", "none")
    assert metric.range[0] < metric.range[1]
    rows = standard_rows()
    components = {component for metric_name, component in rows if metric_name == name}
    assert (components == {""}) == (metric.headline == "")
    assert metric.headline in components
    for (owner, _), row in rows.items():
        if owner == name and row["value"] is not None:
            assert metric.range[0] <= row["value"] <= metric.range[1]


def test_fair_scores_do_not_depend_on_the_number_of_members():
    """Members and truth from one distribution: fair CRPS and MSE have the same expectation at any m."""
    results = {}
    for m in (2, 5, 20):
        world = make_world(seed=m, members=m, steps=(30,), tiles=1, hole=False)
        rng = np.random.default_rng(m)
        world.truth["s0"] = rng.exponential(1, world.truth["s0"].shape).astype(np.float32)
        world.members["s0"] = rng.exponential(1, world.members["s0"].shape).astype(np.float32)
        rows = scored(world)
        results[m] = rows["crps", ""]["value"], rows["mse", ""]["value"]
    for crps, mse in results.values():
        assert crps == pytest.approx(0.5, rel=0.02)  # E|X - y| / 2 of two unit exponentials
        assert mse == pytest.approx(1, rel=0.05)


def test_missing_members_fail_loudly():
    world = make_world(members=2, steps=(4,))
    world.members["s0"][1, 0, 2, 20, 20] = np.nan
    for metrics in (METRICS, {"emd": METRICS["emd"]}, {}):
        with pytest.raises(UserError, match="missing or infinite"):
            world.score(metrics)
