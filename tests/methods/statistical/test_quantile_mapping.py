"""Quantile mapping against sorted samples, and on real rain."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from sequences import make_sequence

from downbench import FitContext, SampleContext, block_mean, upsample
from downbench_methods.statistical.quantile_mapping import (
    QuantileMapping,
    cell_weights,
    rate_histogram,
    transfer,
)


def heavy_rain(frames: int, seed: int = 0) -> np.ndarray:
    random = np.random.default_rng(seed)
    wet = random.random((frames, 32, 32)) < 0.4
    return np.where(wet, random.gamma(0.5, 4.0, wet.shape), 0).astype(np.float32)


def test_transfer_agrees_with_sorted_samples() -> None:
    random = np.random.default_rng(1)
    base = random.gamma(2.0, 1.0, 200_000).astype(np.float32)
    fine = random.gamma(0.7, 3.0, 200_000).astype(np.float32)
    nodes, mapped = transfer(rate_histogram(base), rate_histogram(fine))
    levels = np.array([0.05, 0.3, 0.5, 0.9, 0.99, 0.999])
    got = np.interp(np.quantile(base, levels), nodes, mapped)
    np.testing.assert_allclose(got, np.quantile(fine, levels), rtol=5e-3)


def test_training_climate_is_reproduced(tmp_path: Path) -> None:
    fine = heavy_rain(60)
    method = QuantileMapping()
    sequence = make_sequence(fine)
    method.fit((sequence,), (), FitContext(seed=0, directory=tmp_path))
    method.save(tmp_path)
    restored = QuantileMapping.load(tmp_path)
    [part] = restored.sample(sequence.coarse.isel(tile=0), xr.Dataset(), 1, SampleContext(0))
    levels = [0.5, 0.9, 0.99, 0.999]
    np.testing.assert_allclose(np.quantile(part, levels), np.quantile(fine, levels), rtol=0.03)
    assert (part.to_numpy() == 0).mean() == pytest.approx((fine == 0).mean(), abs=0.01)


def test_is_monotone_and_extends_the_last_ratio() -> None:
    nodes, mapped = transfer(
        rate_histogram(np.array([0.0, 1.0, 2.0])), rate_histogram(np.array([0.0, 0.0, 6.0]))
    )
    assert mapped[0] == 0
    assert (np.diff(mapped) >= 0).all()
    method = QuantileMapping()
    method.nodes, method.mapped = nodes, mapped
    rain = xr.DataArray(
        np.full((1, 2, 2), 4.0, np.float32),
        dims=("time", "y", "x"),
        coords={"time": [np.datetime64("2020", "ns")]},
    )
    [part] = method.sample(xr.Dataset({"precipitation": rain}), xr.Dataset(), 1, SampleContext(0))
    np.testing.assert_allclose(part, 4.0 * mapped[-1] / nodes[-1], rtol=1e-6)


def test_real_rain_gains_its_extremes_back(shared_data: Path, tmp_path: Path) -> None:
    rain = xr.open_dataset(shared_data / "mrms_qpe_201609_southeast_4km_1h.nc")["precipitation"].to_numpy()
    train, test = rain[:50], rain[50:]
    method = QuantileMapping()
    method.fit((make_sequence(train),), (), FitContext(seed=0, directory=tmp_path))
    sequence = make_sequence(test)
    parts = method.sample(sequence.coarse.isel(tile=0), xr.Dataset(), 1, SampleContext(0))
    mapped = np.concatenate([part.to_numpy()[0] for part in parts])
    smooth = upsample(block_mean(test, 8), 8)
    valid = np.isfinite(smooth) & np.isfinite(test)
    assert np.isfinite(mapped[valid]).all()
    true, plain, ours = (np.quantile(field[valid], 0.999) for field in (test, smooth, mapped))
    assert abs(ours - true) < abs(plain - true) / 2


def test_a_climate_is_that_of_areas() -> None:
    """A cell of double area counts as two: quantiles are those of the sample in which it stands twice."""
    random = np.random.default_rng(2)
    rain = random.gamma(1.0, 2.0, (500, 4, 6)).astype(np.float32)
    area = np.repeat([1.0, 2.0], 2)[:, None] * np.ones(6)
    static = xr.Dataset({"area": (("y", "x"), 1e8 * area)})
    got = rate_histogram(rain, cell_weights(static))
    twice = rate_histogram(np.concatenate([rain, rain[:, 2:]], axis=1))
    np.testing.assert_allclose(got / got.sum(), twice / twice.sum(), rtol=1e-12)
    assert cell_weights(xr.Dataset()) is None


def test_cells_without_area_do_not_count(tmp_path: Path) -> None:
    """Ten times the rain in rows that hardly have an area leaves the mapping as it is."""
    area = np.where(np.arange(32) < 16, 1e-9, 1.0)[:, None] * np.ones(32)
    static = xr.Dataset({"area": (("tile", "y", "x"), area[None].astype(np.float32))})
    mapped = []
    for more in (1, 10):
        fine = heavy_rain(60)
        fine[:, :8] *= more
        method = QuantileMapping()
        sequence = replace(make_sequence(fine), static=static)
        method.fit((sequence,), (), FitContext(seed=0, directory=tmp_path))
        mapped.append(np.interp([0.5, 0.8, 1.2], method.nodes, method.mapped))
    np.testing.assert_allclose(mapped[1], mapped[0], rtol=1e-3)
    assert mapped[0].max() > 0.5
