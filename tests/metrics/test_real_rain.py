"""Real radar rain with its real gaps: nothing missing leaks, and values agree with libraries."""

from __future__ import annotations

import numpy as np
import properscoring
import pytest
import scipy.stats
import xarray as xr
from scoring_metrics import all_metrics
from scoring_world import DAY, FACTOR, STEP, World

from downbench.scoring.grid import make_grid
from downbench.scoring.inference.values import work_out


@pytest.fixture(scope="module")
def world(shared_data):
    """Three days over the eastern US at 25 km; the members are the truth at other times, times 1.2."""
    with xr.open_dataset(shared_data / "mrms_qpe_201609_east_25km_3h.nc") as data:
        rain = data["precipitation"].to_numpy()
        times = data["time"].to_numpy().astype("datetime64[s]")
    count, ny, nx = rain.shape
    blocks = rain.reshape(count, ny // FACTOR, FACTOR, nx // FACTOR, FACTOR).mean(axis=(2, 4))
    valid = np.isfinite(blocks)
    truth = np.where(valid.repeat(FACTOR, 1).repeat(FACTOR, 2), rain, np.float32(np.nan))
    members = np.stack([np.float32(1.2) * np.nan_to_num(np.roll(rain, k, axis=0)) for k in (1, 2, 5, 9)])
    members = np.where(np.isfinite(truth), members, np.float32(np.nan))
    grid = make_grid(xr.Dataset(), {}, valid.all(axis=0)[None], FACTOR, DAY, STEP, DAY)
    assert 0 < np.isnan(truth).mean() < 0.5
    return World(grid, [("s", times)], {"s": truth[None]}, {"s": members[:, None]}, {"s": blocks[None]})


@pytest.fixture(scope="module")
def values(world):
    rows, _ = work_out(world.score(all_metrics(), length=7), all_metrics(), True)
    return {(r["metric"], r["component"]): r for r in rows if r["season"] == r["region"] == "all"}


def test_against_libraries(world, values):
    use = np.isfinite(world.truth["s"][0])
    y = world.truth["s"][0][use].astype(np.float64)
    x = world.members["s"][:, 0][:, use].astype(np.float64)
    mae = abs(x - y).mean(axis=0)
    fair = mae - 4 / 3 * (mae - properscoring.crps_ensemble(y, x.T))
    assert values["crps", ""]["value"] == pytest.approx(fair.mean(), rel=1e-6)
    assert values["mse", ""]["value"] == pytest.approx(
        ((x.mean(axis=0) - y) ** 2 - x.var(axis=0, ddof=1) / 4).mean(), rel=1e-5
    )
    assert values["emd", ""]["value"] == pytest.approx(
        scipy.stats.wasserstein_distance(y, x.ravel()), rel=0.01
    )
    assert values["bias", ""]["value"] == pytest.approx(x.mean() / y.mean() - 1, rel=1e-4)
    for name, row in values.items():
        assert row["value"] is not None or row["reason"], name


def test_windows_avoid_the_gaps(world, values):
    (y, x), *_ = world.grid.windows[0]
    size = world.grid.window_size
    assert np.isfinite(world.truth["s"][0][:, y : y + size, x : x + size]).all()
    assert values["psd", "4-32 cells"]["value"] > 0


def test_three_days_give_no_extremes_and_no_intervals(values):
    assert "time bins lie beyond" in values["quantiles", "p99"]["reason"]
    assert "fewer than 20" in values["crps", ""]["reason_interval"]


def test_one_frame_at_a_time_gives_the_same(world):
    whole, single = (world.score(all_metrics(), length) for length in (10**6, 1))
    for name, want in whole.arrays.items():
        np.testing.assert_allclose(
            single.arrays[name], want, rtol=1e-9, atol=1e-12 * abs(want).max(), err_msg=name
        )
