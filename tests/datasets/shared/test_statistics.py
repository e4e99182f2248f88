"""The statistics of the bands, against published figures and closed forms."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from downbench_datasets.shared.statistics import isotropic_slope, rain_statistics


def test_reproduces_the_figures_of_real_rain(shared_data):
    rain = xr.open_dataset(shared_data / "mrms_qpe_201609_east_25km_3h.nc")["precipitation"].values
    found = rain_statistics(rain)
    published = {
        "wet": (0.097, 0.0005), "p99": (2.9, 0.05), "p99.9": (9.4, 0.06), "p99.99": (17.5, 0.05),
        "max": (27.6, 0.05), "lag1": (0.51, 0.005), "kept_variance": (0.41, 0.005), "slope": (1.967, 0.03),
    }  # fmt: skip
    for name, (value, rounding) in published.items():
        assert found[name] == pytest.approx(value, abs=rounding), name


@pytest.mark.parametrize("slope", [0.0, 1.5, 3.0])
def test_slope_of_power_law_noise(slope):
    rng = np.random.default_rng(0)
    n = 128
    k = np.hypot(np.fft.fftfreq(n)[:, None], np.fft.rfftfreq(n)[None])
    k[0, 0] = np.inf
    fields = np.fft.irfft2(np.fft.rfft2(rng.normal(size=(40, n, n))) * k ** (-slope / 2))
    assert isotropic_slope(fields.astype(np.float32)) == pytest.approx(slope, abs=0.06)


def test_lag_one_of_an_autoregressive_process():
    rng = np.random.default_rng(1)
    fields = [rng.normal(size=(64, 64))]
    for _ in range(60):
        fields.append(0.6 * fields[-1] + 0.8 * rng.normal(size=(64, 64)))
    assert rain_statistics(np.stack(fields).astype(np.float32))["lag1"] == pytest.approx(0.6, abs=0.01)


def test_kept_variance_is_one_of_blocks_and_a_64th_of_noise():
    rng = np.random.default_rng(2)
    blocks = rng.normal(size=(20, 8, 8)).astype(np.float32).repeat(8, 1).repeat(8, 2)
    noise = rng.normal(size=(40, 64, 64)).astype(np.float32)
    assert rain_statistics(blocks)["kept_variance"] == pytest.approx(1, abs=1e-5)
    assert rain_statistics(noise)["kept_variance"] == pytest.approx(1 / 64, rel=0.1)


def test_missing_cells_count_nowhere():
    rng = np.random.default_rng(3)
    rain = rng.exponential(size=(10, 16, 16)).astype(np.float32)
    holed = np.concatenate([rain, np.full((10, 16, 8), np.nan, np.float32)], axis=2)
    whole, part = rain_statistics(rain), rain_statistics(holed)
    for name in ("wet", "p99", "max", "lag1", "kept_variance"):
        assert part[name] == pytest.approx(whole[name]), name
