"""Totals add up bins, and hand single bins on."""

from __future__ import annotations

import numpy as np

from downbench.contracts.statistic import Totals

BINS = np.arange(24.0).reshape(4, 2, 3)
TOTALS = Totals({"a": BINS}, members=5)


def test_a_name_gives_the_sum_over_all_bins():
    np.testing.assert_array_equal(TOTALS["a"], [[36, 40, 44], [48, 52, 56]])


def test_totals_of_two_stretches_add_up_to_those_of_both():
    first, second = (Totals({"a": part}, 5) for part in (BINS[:1], BINS[1:]))
    np.testing.assert_array_equal(first["a"] + second["a"], TOTALS["a"])


def test_each_bin_can_be_looked_at_by_itself():
    np.testing.assert_array_equal(TOTALS.each("a", lambda bins: bins.max(axis=(1, 2))), [5, 11, 17, 23])
