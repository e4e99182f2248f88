"""Seeds and noise follow from names alone."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from scipy.stats import kstest

from downbench.contracts.noise import derive_seed, keyed_normal

TIMES = np.datetime64("2020-01-01T00", "s") + np.arange(4) * np.timedelta64(3, "h")


def test_a_seed_is_63_bits_of_sha_256():
    """Known by heart: the hash of "a", unit separator, "1", whose first eight bytes lose their last bit."""
    import hashlib

    digest = hashlib.sha256(b"a\x1f1").digest()
    assert derive_seed("a", 1) == int.from_bytes(digest[:8], "big") // 2
    assert 0 <= derive_seed("b") < 2**63


def test_parts_of_a_name_do_not_run_together():
    assert (
        len({derive_seed("ab", "c"), derive_seed("a", "bc"), derive_seed("abc"), derive_seed("c", "ab")}) == 4
    )


def test_a_seed_is_the_same_in_another_process():
    """Python's own hash of a text changes from process to process."""
    code = "from downbench.contracts.noise import derive_seed; print(derive_seed('ofdiff', 3))"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert int(printed) == derive_seed("ofdiff", 3)


def test_each_member_and_time_has_its_own_noise_whatever_is_asked_for_with_it():
    whole = keyed_normal(("s", 0), 3, TIMES, (5, 6))
    assert whole.shape == (3, 4, 5, 6)
    assert whole.dtype == np.float32
    np.testing.assert_array_equal(keyed_normal(("s", 0), 2, TIMES, (5, 6)), whole[:2])
    np.testing.assert_array_equal(keyed_normal(("s", 0), 2, TIMES, (5, 6), first=1), whole[1:])
    np.testing.assert_array_equal(keyed_normal(("s", 0), 3, TIMES[::-1], (5, 6)), whole[:, ::-1])
    np.testing.assert_array_equal(keyed_normal(("s", 0), 3, TIMES[2:3], (5, 6)), whole[:, 2:3])


@pytest.mark.parametrize("unit", ["s", "ms", "ns"])
def test_the_unit_of_times_does_not_count(unit):
    np.testing.assert_array_equal(
        keyed_normal(("s",), 1, TIMES.astype(f"datetime64[{unit}]"), (4,)),
        keyed_normal(("s",), 1, TIMES, (4,)),
    )


def test_streams_are_standard_normal_and_independent():
    noise = keyed_normal(("s",), 2, TIMES, (100, 100)).astype(np.float64)
    assert kstest(noise.ravel(), "norm").pvalue > 1e-3
    streams = [*noise.reshape(8, -1), keyed_normal(("t",), 1, TIMES[:1], (100, 100)).ravel()]
    correlation = np.corrcoef(streams) - np.eye(9)
    assert abs(correlation).max() < 4.5 / np.sqrt(10_000)  # 36 pairs: 4.5 standard errors
