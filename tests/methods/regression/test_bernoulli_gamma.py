"""``bernoulli-gamma``: likelihood and quantiles are scipy's; a fit finds what made the rain."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import gamma, norm
from sequences import make_sequence

from downbench import FitContext, build_config
from downbench_methods.regression.bernoulli_gamma import BernoulliGamma, quantiles, surprise

CHANCE, SHAPE, SCALE = 0.3, 2.0, 1.5
MAPS = np.float32([np.log(CHANCE / (1 - CHANCE)), np.log(SHAPE), np.log(SCALE)])


def maps(*size):
    return np.broadcast_to(MAPS[None, :, None, None], (1, 3, *size)).copy()


def test_the_likelihood_is_scipy_s():
    rain = np.float32([[0, 0.005, 0.01, 0.2, 3, 40]])
    want = np.where(
        rain < 0.01, -np.log(1 - CHANCE), -np.log(CHANCE) - gamma.logpdf(rain, SHAPE, scale=SCALE)
    )
    got = surprise(torch.from_numpy(maps(1, 6)), torch.from_numpy(rain[None]), wet=0.01)[0]
    np.testing.assert_allclose(got, want, rtol=1e-5)


def test_quantiles_are_those_of_a_share_of_dry_cells_and_scipy_s_gamma():
    level = np.float32([0.01, 0.69, 0.71, 0.9, 0.999])
    got = quantiles(maps(1, 5), norm.ppf(level).astype(np.float32)[None, None, None])[0, 0, 0]
    np.testing.assert_array_equal(got[:2], 0)
    np.testing.assert_allclose(
        got[2:], gamma.ppf((level[2:] - 1 + CHANCE) / CHANCE, SHAPE, scale=SCALE), rtol=1e-3
    )


def test_the_most_extreme_noise_is_finite_rain():
    extreme = np.float32([[[[-40, 40]]]])
    for logit in (-15, 15):
        wild = np.float32([logit, 4, 6])[None, :, None, None].repeat(2, 3)
        assert np.isfinite(quantiles(wild, extreme)).all()


def test_a_fit_finds_the_distribution_that_made_the_rain(tmp_path):
    random = np.random.default_rng(0)

    def sequence(frames):
        wet = random.random((frames, 1, 32, 32)) < CHANCE
        rain = np.where(wet, random.gamma(SHAPE, SCALE, wet.shape), 0)
        return make_sequence(rain.astype(np.float32), start="2020-01-01")

    settings = {"train_steps": 120, "lr": 1e-2, "batch": 8, "ema": 0.9, "validate_every": 120, "calibrate": 0}
    config = build_config("toy", BernoulliGamma.Config, BernoulliGamma.presets, "smoke", settings)
    method = BernoulliGamma(config)
    method.fit((sequence(48),), (sequence(8),), FitContext(seed=0, directory=tmp_path))
    new = sequence(8)
    channels = method.transform.coarse(new.coarse.isel(tile=0), None)
    with torch.inference_mode():
        made = method.module.network(torch.from_numpy(channels), torch.zeros(8, 0, 32, 32), None)
    logit, shape, scale = made.movedim(1, 0)
    assert float(logit.sigmoid().mean()) == pytest.approx(CHANCE, abs=0.03)
    assert float((shape + scale).exp().mean()) == pytest.approx(SHAPE * SCALE, rel=0.08)  # mean of wet rain
    assert float(shape.exp().mean()) == pytest.approx(SHAPE, rel=0.2)
