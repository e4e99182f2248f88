"""The control: quantiles of the residual, and the method around them."""

import numpy as np
import pytest
import xarray as xr
from scipy.stats import norm
from sequences import shower_sequence

from downbench import FitContext, SampleContext, build_config
from downbench_methods.base.network import fair_crps
from downbench_methods.mean_noise.method import MeanNoise
from downbench_methods.mean_noise.quantiles import BINS, ResidualQuantiles, fit_best
from downbench_methods.ofdiff.method import OFDiff
from downbench_methods.regression.methods import SwinIR


def world(n=60_000, seed=0):
    """Predictions and a truth whose spread grows with them."""
    generator = np.random.default_rng(seed)
    prediction = generator.exponential(1.0, n).astype(np.float32)
    truth = prediction + (0.1 + prediction) * generator.normal(size=n).astype(np.float32)
    return prediction, truth.astype(np.float32), generator


def crps(members, truth):
    return float(fair_crps(members, truth).mean())


def test_one_bin_gives_the_residual_s_quantiles():
    prediction, truth, generator = world()
    quantiles = ResidualQuantiles.fit(prediction, truth - prediction, 1)
    noise = generator.normal(size=(1, len(prediction))).astype(np.float32)
    drawn = quantiles.residual(prediction, noise)[0]
    levels = [0.001, 0.01, 0.25, 0.5, 0.9, 0.99, 0.999]
    np.testing.assert_allclose(
        np.quantile(drawn, levels), np.quantile(truth - prediction, levels), rtol=0.1, atol=0.03
    )


def test_bins_follow_the_spread():
    prediction, truth, _ = world()
    quantiles = ResidualQuantiles.fit(prediction, truth - prediction, 16)
    for value in (0.2, 1.0, 3.0):
        at = np.full(4, value, np.float32)
        noise = norm.ppf([0.05, 0.25, 0.5, 0.9]).astype(np.float32)
        expected = (0.1 + value) * noise
        np.testing.assert_allclose(quantiles.residual(at, noise), expected, rtol=0.25, atol=0.15)


def test_bins_are_chosen_when_they_score_better():
    prediction, truth, _ = world()
    assert len(fit_best(prediction, truth, crps).centres) > 1
    plain = prediction + np.random.default_rng(1).normal(size=len(prediction)).astype(np.float32)
    few = slice(0, 3000)  # nothing to learn from bins, and little to fill them with
    assert len(fit_best(prediction[few], plain[few], crps).centres) < max(BINS)


@pytest.mark.parametrize(("bins", "bound"), [(1, 0.001), (8, 0.05)])
def test_scores_are_the_noise_that_is_mapped(bins, bound):
    prediction, truth, generator = world()
    quantiles = ResidualQuantiles.fit(prediction, truth - prediction, bins)
    noise = np.clip(generator.normal(size=len(prediction)), -3, 3).astype(np.float32)
    wet = prediction + quantiles.residual(prediction, noise[None])[0]
    # between bins, probabilities are interpolated on the way back and quantiles on the way there
    assert np.abs(quantiles.scores(prediction, wet, dry=-1e6) - noise).mean() < bound


def test_dry_cells_have_the_mean_of_their_share():
    """Where the lowest p of all noise is dry, the score is E[Z | Z < F^-1(p)]; the mean of all is zero."""
    prediction = np.zeros(100_000, np.float32)
    noise = np.random.default_rng(0).normal(size=len(prediction)).astype(np.float32)
    truth = np.maximum(noise, 0.5)
    found = ResidualQuantiles.fit(prediction, truth, 1).scores(prediction, truth, dry=0.5)
    np.testing.assert_allclose(found[truth == 0.5], noise[noise < 0.5].mean(), atol=0.03)
    assert abs(found.mean()) < 0.03  # levels are some 0.02 apart there


@pytest.mark.parametrize("bins", BINS)
def test_constant_predictions_and_few_values(bins):
    prediction = np.zeros(50, np.float32)
    quantiles = ResidualQuantiles.fit(prediction, np.arange(50, dtype=np.float32), bins)
    noise = np.linspace(-9, 9, 50, dtype=np.float32)
    residual = quantiles.residual(prediction, noise)
    assert np.isfinite(residual).all()
    assert (np.diff(residual) >= 0).all()


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    config = build_config("mean-noise", MeanNoise.Config, MeanNoise.presets, "smoke", {})
    method = MeanNoise(config)
    context = FitContext(seed=0, directory=tmp_path_factory.mktemp("fit"))
    method.fit((shower_sequence(),), (shower_sequence(seed=1),), context)
    return method


def sample(method, members=20, **kwargs):
    context = SampleContext(seed=0, sequence="s", **kwargs)
    data = shower_sequence(seed=2)
    made = xr.concat(list(method.sample(data.coarse.isel(tile=0), data.static, members, context)), "time")
    wanted = made.time >= data.coarse.time[context.start]  # earlier frames may come too
    return made.isel(time=wanted), data.fine.isel(tile=0)


def test_noise_is_white_and_its_marginals_are_calibrated(fitted):
    # showers are independent in space and time, and so is their residual
    assert fitted.finisher.memory < 0.5
    rain, truth = sample(fitted)
    rank = (rain < truth).mean("member").to_numpy()
    wet = truth.to_numpy() > 0.1
    assert 0.3 < rank[wet].mean() < 0.95
    quantiles = [0.5, 0.9, 0.99]
    np.testing.assert_allclose(
        np.quantile(rain, quantiles), np.quantile(truth, quantiles), rtol=0.15, atol=0.1
    )
    noise = rain.to_numpy() - rain.to_numpy().mean(0)
    for a, b in ((noise[..., 1:], noise[..., :-1]), (noise[:, 1:], noise[:, :-1])):
        assert abs(np.corrcoef(a.ravel(), b.ravel())[0, 1]) < 0.03


def test_start_and_members_change_nothing(fitted):
    whole, _ = sample(fitted)
    np.testing.assert_array_equal(sample(fitted, start=3)[0], whole.isel(time=slice(3, None)))
    np.testing.assert_array_equal(sample(fitted, members=4)[0], whole[:4])


def test_saved_and_loaded(fitted, tmp_path):
    fitted.save(tmp_path)
    np.testing.assert_array_equal(sample(MeanNoise.load(tmp_path))[0], sample(fitted)[0])


def test_its_network_is_that_of_ofdiff_and_trains_as_long_as_swin_ir():
    for preset in ("smoke", "tiny", "paper"):
        ours = build_config("mean-noise", MeanNoise.Config, MeanNoise.presets, preset, {})
        theirs = build_config("ofdiff", OFDiff.Config, OFDiff.presets, preset, {})
        assert MeanNoise.parameters(ours, 12)["swinir"] == OFDiff.parameters(theirs, 12)["swinir"]
    ours = build_config("mean-noise", MeanNoise.Config, MeanNoise.presets, "tiny", {})
    alone = build_config("swin-ir", SwinIR.Config, SwinIR.presets, "tiny", {})
    for name in ("train_steps", "batch", "clip", "patch", "lr", "ema"):
        assert getattr(ours, name) == getattr(alone, name)
