"""Networks sort everything, by the 0-1 principle, and with few comparators."""

from __future__ import annotations

import numpy as np
import pytest

from downbench.scoring.kernels.sorting_networks import sorting_network


def apply(network, values):
    """Values (size, n) through the comparators."""
    values = values.copy()
    for i, j in network:
        values[[i, j]] = np.minimum(values[i], values[j]), np.maximum(values[i], values[j])
    return values


@pytest.mark.parametrize("size", range(1, 17))
def test_a_network_that_sorts_all_zeros_and_ones_sorts_everything(size):
    """The 0-1 principle (Knuth, The Art of Computer Programming 3, 5.3.4, theorem Z), all 2^size inputs."""
    inputs = (np.arange(2**size) >> np.arange(size)[:, None]) & 1
    np.testing.assert_array_equal(apply(sorting_network(size), inputs), np.sort(inputs, axis=0))


@pytest.mark.parametrize("size", [20, 33, 50, 64, 100])
def test_larger_networks_sort_random_values_with_ties(size):
    values = np.random.default_rng(size).integers(0, size // 2, (size, 500))
    np.testing.assert_array_equal(apply(sorting_network(size), values), np.sort(values, axis=0))


@pytest.mark.parametrize(("size", "comparators"), [(1, 0), (2, 1), (4, 5), (8, 19), (16, 63), (32, 191)])
def test_batcher_s_number_of_comparators(size, comparators):
    """(p^2 - p + 4) 2^(p - 2) - 1 of 2^p values (Batcher 1968)."""
    assert len(sorting_network(size)) == comparators


@pytest.mark.parametrize("size", [3, 12, 13, 50])
def test_every_comparator_puts_the_smaller_value_first(size):
    network = sorting_network(size)
    assert (network[:, 0] < network[:, 1]).all()
    assert network.min() >= 0
    assert network.max() == size - 1
