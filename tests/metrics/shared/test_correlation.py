"""Correlations from sums."""

from __future__ import annotations

import numpy as np
import pytest

from downbench_metrics.shared.correlation import correlation


def sums(weights, a, b):
    w, a, b = (np.asarray(each, np.float64) for each in (weights, a, b))
    return np.array([w.sum(), *((w * each).sum() for each in (a, b, a * a, b * b, a * b))])


def test_equal_weights_give_pearson_s_correlation():
    rng = np.random.default_rng(0)
    a = rng.gamma(0.5, 2, 200)
    b = 0.3 * a + rng.gamma(0.5, 2, 200)
    assert correlation(sums(np.ones(200), a, b)) == pytest.approx(np.corrcoef(a, b)[0, 1], rel=1e-10)


def test_a_weight_of_three_is_a_pair_that_comes_three_times():
    w, a, b = [1, 3, 2], [0.0, 1.0, 5.0], [2.0, 0.0, 3.0]
    whole = np.corrcoef(np.repeat(a, w), np.repeat(b, w))[0, 1]
    assert correlation(sums(w, a, b)) == pytest.approx(whole, rel=1e-12)


def test_a_line_correlates_wholly():
    a = np.arange(9.0)
    both = np.stack([sums(np.ones(9), a, 3 * a + 1), sums(np.ones(9), a, 7 - a)])
    np.testing.assert_allclose(correlation(both), [1, -1], rtol=1e-12)


@pytest.mark.parametrize(
    ("w", "a", "b"), [([1, 1], [2, 2], [0, 1]), ([1, 1], [0, 1], [5.1, 5.1]), ([0, 0], [0, 1], [0, 1])]
)
def test_without_pairs_or_with_a_constant_there_is_none(w, a, b):
    assert np.isnan(correlation(sums(w, a, b)))
