"""The memory of differences between methods, the block that follows, and what the block leaves out."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import lfilter

from downbench.scoring.inference.bootstrap import resample_bins
from downbench.scoring.inference.intervals import bias_corrected
from downbench.scoring.inference.persistence import block_bins, covariance_lost, e_folding_time


def autoregressive(rng, shape, correlation, skewed=False):
    """First-order series (..., bin) with mean zero, of normal or of strongly skewed steps."""
    steps = rng.gamma(0.5, 1, shape) - 0.5 if skewed else rng.standard_normal(shape)
    return lfilter([1], [1, -correlation], steps, axis=-1)[..., 100:]


@pytest.mark.parametrize("correlation", [0.3, 0.45, 0.7, 0.9])
def test_the_e_folding_time_of_an_autoregressive_series(correlation):
    series = autoregressive(np.random.default_rng(1), 200_100, correlation)
    assert e_folding_time(series) == pytest.approx(-1 / np.log(correlation), rel=0.05)


def test_what_has_no_memory_has_blocks_of_one_bin():
    rng = np.random.default_rng(2)
    alternating = np.tile([1.0, -1.0], 50)
    for series in (alternating, np.zeros(50), np.arange(5.0), np.full(50, np.nan)):
        assert e_folding_time(series) < 0.1
        assert block_bins(series) == 1
    assert block_bins(rng.standard_normal(5000)) == 1  # 3 x 1 / log(1 / small) is below one


def test_a_block_is_three_e_folding_times_at_least():
    """At 0.45 from day to day: 1.25 days, so four days; a season-long memory is not cut."""
    series = autoregressive(np.random.default_rng(3), 100_100, 0.45)
    assert block_bins(series) == 4
    slow = np.sin(2 * np.pi * np.arange(400) / 100)
    assert block_bins(slow) > 3 * 15


def test_what_blocks_lose_is_the_covariance_beyond_their_edges():
    """Against the variance of means of resampled blocks of a very long series."""
    block, correlation = 5, np.exp(-3 / 5)
    series = autoregressive(np.random.default_rng(4), 400_100, correlation)
    of_blocks = np.lib.stride_tricks.sliding_window_view(series, block).mean(axis=1).var() * block
    right = series.var() * (1 + correlation) / (1 - correlation)
    assert covariance_lost(block) == pytest.approx(np.sqrt(right / of_blocks), rel=0.02)
    assert covariance_lost(1) == pytest.approx(1.05, abs=0.01)


@pytest.mark.parametrize("skewed", [False, True])
def test_nominal_95_percent_is_at_least_93_on_days_that_remember(skewed):
    """200 days that correlate at 0.45, in blocks as the rule has them; bench_coverage.py prints more."""
    rng = np.random.default_rng(5)
    block = block_bins(autoregressive(rng, 100_100, 0.45))
    times = resample_bins(np.zeros(200, np.int64), block, 400, seed=6).astype(float)
    weights = times / times.sum(axis=1, keepdims=True)
    held, trials = 0, 1500
    for series in autoregressive(rng, (trials, 300), 0.45, skewed):
        low, high = bias_corrected(series.mean(), weights @ series, blocks=200 // block, block=block)
        held += low <= 0 <= high
    assert held / trials >= 0.93
