"""Each built-in metric, as the engine gives it, against plain numpy, scipy, properscoring or xskillscore."""

from __future__ import annotations

from functools import cache

import numpy as np
import properscoring
import pytest
import scipy.stats
import xarray as xr
import xskillscore
from scoring_metrics import by_name
from scoring_world import make_world

from downbench.scoring.inference.values import work_out
from downbench_metrics.amounts.emd import EMD
from downbench_metrics.amounts.wet_fraction import WetFraction
from downbench_metrics.extremes.quantiles import Quantiles
from downbench_metrics.mass.bias import Bias
from downbench_metrics.mass.recoarsening import Recoarsening
from downbench_metrics.motion.lag1 import Lag1
from downbench_metrics.overall.crps import CRPS
from downbench_metrics.overall.mse import MSE
from downbench_metrics.spread.ranks import Ranks
from downbench_metrics.texture.psd import PSD
from downbench_metrics.texture.sae import SAE

WORLD = make_world(seed=5, members=4, steps=(17, 8))
METRICS = by_name(CRPS, MSE, EMD, Bias, WetFraction, Quantiles, Lag1, SAE, Ranks, Recoarsening, PSD)


@cache
def values():
    """Every value over the whole time: (metric, component, region) to value."""
    rows, _ = work_out(WORLD.score(METRICS, length=7), METRICS, True)
    return {(r["metric"], r["component"], r["region"]): r["value"] for r in rows if r["season"] == "all"}


REGIONS = ["all", "north", "blob"]


@pytest.mark.parametrize("region", REGIONS)
def test_crps(region):
    y, x, area = WORLD.pooled(region)
    m = len(x)
    mae = abs(x - y).mean(axis=0)
    fair = mae - m / (m - 1) * (mae - properscoring.crps_ensemble(y, x.T))
    got = values()["crps", "", region]
    assert got == pytest.approx(np.average(fair, weights=area), rel=1e-6)
    unfair = xskillscore.crps_ensemble(
        xr.DataArray(y, dims="n"), xr.DataArray(x, dims=("member", "n")), dim=[]
    ).to_numpy()
    assert got == pytest.approx(np.average(mae - m / (m - 1) * (mae - unfair), weights=area), rel=1e-6)


@pytest.mark.parametrize("region", REGIONS)
def test_mse(region):
    y, x, area = WORLD.pooled(region)
    fair = (x.mean(axis=0) - y) ** 2 - x.var(axis=0, ddof=1) / len(x)
    assert values()["mse", "", region] == pytest.approx(np.average(fair, weights=area), rel=1e-6)


@pytest.mark.parametrize("region", REGIONS)
def test_emd(region):
    y, x, area = WORLD.pooled(region)
    want = scipy.stats.wasserstein_distance(y, x.ravel(), area, np.tile(area, len(x)))
    bound = 2**-8 * (np.average(y, weights=area) + np.average(x.mean(axis=0), weights=area)) + 2**-14
    got = values()["emd", "", region]
    assert want - bound <= got <= want * (1 + 1e-9)
    assert got == pytest.approx(want, rel=1e-3)


@pytest.mark.parametrize("region", REGIONS)
def test_bias_and_wet_fraction(region):
    y, x, area = WORLD.pooled(region)
    mass = np.average(x.mean(axis=0), weights=area) / np.average(y, weights=area) - 1
    assert values()["bias", "", region] == pytest.approx(mass, rel=1e-5)
    limit = np.float32(0.1)
    wet = np.average((x > limit).mean(axis=0), weights=area) - np.average(y > limit, weights=area)
    assert values()["wet-fraction", "", region] == pytest.approx(wet, abs=1e-7)


def test_quantiles_at_equal_areas():
    """Against numpy.quantile; areas are made equal, since numpy has no weights for its default quantile."""
    world = make_world(seed=6, members=3, steps=(90,), hole=False, equal_areas=True)
    metric = {"quantiles": Quantiles()}
    rows, curves = work_out(world.score(metric, length=30), metric, True)
    found = {r["component"]: r for r in rows if r["region"] == r["season"] == "all"}
    for name, level in (("p99", 0.99), ("p99.9", 0.999)):
        truth, sampled = (float(np.quantile(f["s0"], level)) for f in (world.truth, world.members))
        assert found[f"{name} signed"]["value"] == pytest.approx(
            sampled - truth, abs=2**-7 * (truth + sampled)
        )
        assert found[name]["value"] == abs(found[f"{name} signed"]["value"])
    assert found["p99.999"]["value"] is None  # 288,000 cells: three values beyond
    assert "true values in" in found["p99.999"]["reason"]
    x, series = curves["quantiles"]["x"], curves["quantiles"]["series"]
    want = np.quantile(world.truth["s0"], 1 - np.array(x), method="inverted_cdf")
    np.testing.assert_allclose(series["truth"], want, rtol=2**-7)


def test_quantiles_need_ten_time_bins():
    world = make_world(seed=7, members=2, steps=(17,), hole=False)  # three days
    metric = {"quantiles": Quantiles()}
    rows, _ = work_out(world.score(metric), metric, True)
    assert all(row["value"] is None for row in rows)
    assert "in 3 time bins" in rows[0]["reason"]


def correlation(a, b, area):
    """Weighted Pearson correlation by its definition."""
    a, b = a - np.average(a, weights=area), b - np.average(b, weights=area)
    return np.average(a * b, weights=area) / np.sqrt(
        np.average(a * a, weights=area) * np.average(b * b, weights=area)
    )


def pairs(field, rows, columns, steps, region):
    """All valid pairs of one member's field {sequence: (tile, time, y, x)}."""
    first, second, area = [], [], []
    for name, _ in WORLD.frames:
        for tile in range(2):
            valid = np.isfinite(WORLD.truth[name][tile])
            f = field(name)[tile].astype(np.float64)
            t, ny, nx = f.shape
            old = (slice(0, t - steps), slice(0, ny - rows), slice(0, nx - columns))
            new = (slice(steps, t), slice(rows, ny), slice(columns, nx))
            use = valid[old] & valid[new] & WORLD.grid.regions[region][tile][new[1:]]
            first.append(f[old][use])
            second.append(f[new][use])
            area.append(np.broadcast_to(WORLD.grid.area[tile], f.shape)[new][use])
    return tuple(np.concatenate(each) for each in (first, second, area))


def fields():
    """Truth, then each member, as functions of the sequence's name."""
    members = [lambda name, i=i: WORLD.members[name][i] for i in range(4)]
    return WORLD.truth.__getitem__, members


@pytest.mark.parametrize("region", REGIONS)
def test_lag1(region):
    truth, members = fields()
    r = correlation(*pairs(truth, 0, 0, 1, region))
    errors = np.array([correlation(*pairs(member, 0, 0, 1, region)) - r for member in members])
    assert r > 0.1
    assert values()["lag1", "signed", region] == pytest.approx(errors.mean(), rel=1e-6)
    assert values()["lag1", "absolute", region] == pytest.approx(abs(errors).mean(), rel=1e-6)


@pytest.mark.parametrize("region", REGIONS)
def test_sae(region):
    truth, members = fields()

    def rho(field, h):
        both = zip(pairs(field, h, 0, 0, region), pairs(field, 0, h, 0, region), strict=True)
        return correlation(*(np.concatenate(each) for each in both))

    lags = (1, 2, 4, 8, 16)
    errors = [abs(rho(member, h) - rho(truth, h)) for h in lags for member in members]
    assert values()["sae", "", region] == pytest.approx(np.mean(errors), rel=1e-6)


def test_ranks():
    y, x, area = WORLD.pooled()
    share = np.zeros(5)
    for i in range(len(y)):
        below, equal = (x[:, i] < y[i]).sum(), (x[:, i] == y[i]).sum()
        share[below : below + equal + 1] += area[i] / (equal + 1)
    share /= share.sum()
    assert values()["ranks", "", "all"] == pytest.approx(abs(share - 0.2).sum(), rel=1e-9)


def test_recoarsening():
    squares, areas = [], []
    for name, _ in WORLD.frames:
        for tile in range(2):
            area = WORLD.grid.area[tile].reshape(5, 8, 5, 8)
            members = WORLD.members[name][:, tile].astype(np.float64)
            blocks = (members.reshape(*members.shape[:2], 5, 8, 5, 8) * area).sum(axis=(3, 5)) / area.sum(
                axis=(1, 3)
            )
            error = (blocks - WORLD.coarse[name][tile]) ** 2
            use = np.isfinite(error[0])
            squares.append(error[:, use])
            areas.append(np.broadcast_to(area.sum(axis=(1, 3)), use.shape)[use])
    by_member = np.average(np.concatenate(squares, axis=1), axis=1, weights=np.concatenate(areas))
    want = np.sqrt(by_member).mean()
    assert values()["recoarsening", "", "all"] == pytest.approx(want, rel=1e-6)


def test_psd_of_a_scaled_field():
    """A field twice as strong has four times the power at every wavenumber: 6.02 dB."""
    world = make_world(seed=8, members=2, steps=(4,), tiles=1, hole=False)
    world.members["s0"] = np.stack([world.truth["s0"] * 2, world.truth["s0"] / 2]).astype(np.float32)
    metric = {"psd": PSD()}
    rows, curves = work_out(world.score(metric, length=3), metric, True)
    for row in rows:
        if row["region"] == row["season"] == "all":
            assert row["value"] == pytest.approx(20 * np.log10(2), rel=1e-5)
    power = curves["psd"]["series"]
    np.testing.assert_allclose(power["ensemble"], np.array(power["truth"]) * (4 + 0.25) / 2, rtol=1e-5)
    assert curves["psd"]["x"][-1] == 0.5
