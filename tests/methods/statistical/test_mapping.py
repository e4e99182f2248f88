"""BCSD and quantile delta mapping against closed forms."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import gamma
from sequences import make_sequence
from statistical_world import fitted, latitudes, sampled, spotty_rain

from downbench import FitContext, UserError, block_mean, upsample
from downbench_methods.statistical.bcsd import BCSD, BCSDConfig
from downbench_methods.statistical.quantile_delta_mapping import (
    QDMConfig,
    QuantileDeltaMapping,
    delta_transfer,
)
from downbench_methods.statistical.quantile_mapping import rate_histogram, transfer

LEVELS = np.array([0.3, 0.5, 0.8, 0.95, 0.99])


def test_a_known_shift_is_passed_on_at_every_quantile() -> None:
    random = np.random.default_rng(0)
    base, fine = gamma(2.0, scale=1.5), gamma(0.8, scale=4.0)
    then, now = (base.rvs(400_000, random_state=random) for _ in range(2))
    true = fine.rvs(400_000, random_state=random)
    histograms = [rate_histogram(x.astype(np.float32)) for x in (3 * now, then, true)]
    nodes, mapped = delta_transfer(*histograms, 0.05)
    # the record is three times as wet, so rank p becomes three times the true quantile p
    got = np.interp(3 * base.ppf(LEVELS), nodes, mapped)
    np.testing.assert_allclose(got, 3 * fine.ppf(LEVELS), rtol=0.02)


def test_it_agrees_with_cannons_equations_on_sorted_samples() -> None:
    random = np.random.default_rng(1)
    record, then, true = (random.gamma(a, b, 100_000) for a, b in ((1.5, 2.0), (1.0, 2.5), (0.6, 5.0)))
    nodes, mapped = delta_transfer(
        *(rate_histogram(x.astype(np.float32)) for x in (record, then, true)), 1e-6
    )
    x = np.quantile(record, LEVELS)
    expected = np.quantile(true, LEVELS) * x / np.quantile(then, LEVELS)
    np.testing.assert_allclose(np.interp(x, nodes, mapped), expected, rtol=0.01)


def test_without_change_it_is_quantile_mapping() -> None:
    random = np.random.default_rng(2)
    then, true = (rate_histogram(random.gamma(a, 2.0, 50_000).astype(np.float32)) for a in (1.5, 0.5))
    nodes, mapped = delta_transfer(then, then, true, 0.05)
    plain = transfer(then, true)
    np.testing.assert_array_equal(nodes, plain[0])
    np.testing.assert_allclose(mapped, plain[1], rtol=2e-3)


def test_the_fitted_method_doubles_with_its_input(tmp_path: Path) -> None:
    train = make_sequence(spotty_rain(20))
    method = fitted(QuantileDeltaMapping(QDMConfig(conserve=False)), [train], tmp_path)
    once, twice = (sampled(method, make_sequence(factor * spotty_rain(20)))[0] for factor in (1, 2))
    strong = once > 1
    np.testing.assert_allclose(twice[strong], 2 * once[strong], rtol=0.01)
    np.testing.assert_allclose(
        np.quantile(once, [0.9, 0.99]), np.quantile(train.fine, [0.9, 0.99]), rtol=0.02
    )


def test_each_tile_has_its_climate(tmp_path: Path) -> None:
    fine = spotty_rain(10)
    two = np.stack([fine, 5 * fine], 1)
    sequence = make_sequence(fine)
    both = type(sequence)(
        "s",
        sequence.coarse.isel(tile=[0, 0])
        .assign_coords(tile=[0, 1])
        .copy(data={"precipitation": np.stack([block_mean(fine, 8)] * 2, 1)}),
        sequence.fine.isel(tile=[0, 0]).assign_coords(tile=[0, 1]).copy(data=two),
    )
    method = fitted(QuantileDeltaMapping(QDMConfig(conserve=False)), [both], tmp_path)
    got = sampled(method, sequence)[0]
    np.testing.assert_allclose(np.quantile(got, 0.99), np.quantile(fine, 0.99), rtol=0.02)


def test_a_fixed_pattern_is_recovered(tmp_path: Path) -> None:
    pattern = np.random.default_rng(0).gamma(2.0, 1.0, (32, 40))
    amounts = np.random.default_rng(1).gamma(0.5, 2.0, 300)
    fine = (pattern * amounts[:, None, None]).astype(np.float32)
    method = fitted(BCSD(BCSDConfig(strength=1e-6, rescale=False)), [make_sequence(fine)], tmp_path)
    got = sampled(method, make_sequence(fine))[0]
    np.testing.assert_allclose(got, fine, rtol=2e-3, atol=1e-4)
    window = latitudes(16, 16, top=50 - 0.8, left=10 + 1.6)
    placed = fitted(
        BCSD(BCSDConfig(strength=1e-6, rescale=False)), [make_sequence(fine, latitudes(32, 40))], tmp_path
    )
    part = fine[:, 8:24, 16:32]
    np.testing.assert_allclose(sampled(placed, make_sequence(part, window))[0], part, rtol=2e-3, atol=1e-4)


def test_validation_chooses_the_pattern_where_there_is_one_and_interpolation_where_not(
    tmp_path: Path,
) -> None:
    pattern = np.random.default_rng(0).gamma(2.0, 1.0, (32, 40))
    amounts = np.random.default_rng(1).gamma(0.5, 2.0, 300)
    fixed = (pattern * amounts[:, None, None]).astype(np.float32)
    for fine, low, high in ((fixed, 0.5, 1.0), (spotty_rain(6, (32, 40)), 0.0, 0.1)):
        other = spotty_rain(6, (32, 40), seed=7) if high < 0.5 else fine
        method = BCSD()
        method.fit((make_sequence(fine),), (make_sequence(other),), FitContext(seed=0, directory=tmp_path))
        assert low <= method.climate.std() / method.climate.mean() <= high


def test_the_bias_correction_of_a_perfect_model_changes_nothing_and_of_a_wet_one_dries(
    tmp_path: Path,
) -> None:
    fine = spotty_rain(30)
    rain = block_mean(fine, 8)
    config = BCSDConfig(strength=1e9, rescale=False, interpolation="bilinear")
    method = fitted(BCSD(config), [make_sequence(fine)], tmp_path)
    np.testing.assert_allclose(
        sampled(method, make_sequence(fine))[0], upsample(rain, 8), rtol=1e-3, atol=1e-5
    )
    wet = make_sequence(fine, coarse=2 * rain)
    method = fitted(BCSD(BCSDConfig()), [wet], tmp_path)
    np.testing.assert_allclose(block_mean(sampled(method, wet)[0], 8), rain, rtol=0.02, atol=1e-3)


@pytest.mark.parametrize("method", [BCSD(), QuantileDeltaMapping()], ids=["bcsd", "qdm"])
def test_a_record_with_nothing_in_it_is_refused(method: BCSD | QuantileDeltaMapping, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="in the training split"):
        fitted(method, [make_sequence(np.full((2, 16, 16), np.nan, np.float32))], tmp_path)


@pytest.mark.parametrize("method", [BCSD(), QuantileDeltaMapping()], ids=["bcsd", "qdm"])
def test_block_means_are_the_coarse_rain(method: BCSD | QuantileDeltaMapping, tmp_path: Path) -> None:
    other = spotty_rain(4, seed=5)
    fitted(method, [make_sequence(spotty_rain(20))], tmp_path)
    got = block_mean(sampled(method, make_sequence(other)), 8)[0]
    np.testing.assert_allclose(got, block_mean(other, 8), rtol=2e-3, atol=1e-4)
